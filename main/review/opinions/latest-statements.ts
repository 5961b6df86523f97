import type { FileOpinion, OpinionProblem, ReadOpinions } from './import-opinions.ts';

/** What one person said at one time: an annotation of Label Studio, a response of Argilla. */
export interface Statement {
  readonly line: number;
  readonly reviewer: string;
  /** Statements with the same subject and reviewer take each other's place. */
  readonly subject: string;
  /** ISO 8601, UTC; `null` where the file does not say. */
  readonly at: string | null;
  readonly opinions: readonly FileOpinion[];
}

/**
 * Keeps the latest statement of each person about each subject: a correction counts, not what it corrected. Two that
 * differ are a problem where the file does not say which is the later one.
 */
export function latestStatements(statements: readonly Statement[]): ReadOpinions {
  const latest = new Map<string, Statement>();
  const problems: OpinionProblem[] = [];
  for (const statement of statements) {
    const key = JSON.stringify([statement.subject, statement.reviewer]);
    const other = latest.get(key);
    if (other === undefined || isLater(statement, other)) latest.set(key, statement);
    else if (!isLater(other, statement) && said(statement) !== said(other)) problems.push(undecided(statement, other));
  }
  return { opinions: [...latest.values()].flatMap(({ opinions }) => opinions), problems };
}

function isLater(one: Statement, other: Statement): boolean {
  return one.at !== null && other.at !== null && one.at > other.at;
}

function said({ opinions }: Statement): string {
  return JSON.stringify(opinions.map(({ target, value }) => [target, value]).sort());
}

function undecided({ line, reviewer }: Statement, other: Statement): OpinionProblem {
  const where = other.line === line ? 'here' : `here and in record ${other.line}`;
  return {
    line,
    message:
      `${reviewer} gave different labels to the same pair ${where}, and no updated_at says which is the ` +
      'later one; keep one of them',
  };
}
