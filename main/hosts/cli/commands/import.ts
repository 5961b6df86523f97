import { InvalidArgumentError, Option, type Command } from 'commander';
import { duration } from '../format.ts';
import { hintFor } from '../hints.ts';
import { execute, type CommonOptions, type Io } from '../io.ts';
import type { GivenMeanings } from '../../../datasets/formats/meanings.ts';
import type { RenderedChoice } from '../../../datasets/formats/reading.ts';
import type { ImportResult } from '../../../datasets/import.ts';
import type { Library } from '../../../library/library.ts';
import { createCommand } from '../options.ts';
import { withLibrary } from '../with-library.ts';

export interface ImportFileOptions {
  readonly format?: string;
  readonly map?: { readonly [field: string]: string };
  readonly mapValue?: GivenMeanings;
  readonly rendered?: RenderedChoice;
  readonly leaveOut?: readonly string[];
}

/** What importing several files came to. */
export interface ImportSummary {
  readonly accepted: number;
  readonly rejected: number;
  readonly duplicates: number;
  readonly clashes: number;
  /** Pairs of the project with a response to which another pair gives the opposite verdict. */
  readonly twoVerdicts: number;
  readonly issues: readonly {
    readonly row: number;
    readonly field: string;
    readonly code: string;
    readonly message: string;
  }[];
  readonly files: readonly {
    readonly file: string;
    readonly format: string;
    readonly reason: string;
    readonly accepted: number;
    readonly rejected: number;
    readonly duplicates: number;
    readonly unusedColumns: readonly string[];
    readonly values: ImportResult['values'];
  }[];
}

/** Adds the options that say how files are read. */
export function addImportOptions(command: Command): Command {
  return command
    .option('--format <name>', 'how the rows are written (default: detected from the first rows)')
    .option('--map <field=column...>', 'which column fills a field; may be given several times', addMapping)
    .option(
      '--map-value <field:value=meaning...>',
      'what a value means: A, B, tie or unknown; safe, unsafe or unknown (preferred:1=A)',
      addMeaning,
    )
    .addOption(
      new Option(
        '--rendered <as>',
        'texts that hold a chat template already: take the turns out of them, or keep them as text',
      ).choices(['turns', 'text']),
    )
    .option('--leave-out <column...>', 'columns that look like part of the prompt and are not to be read');
}

/** `import FILE...`: reads datasets into a project. */
export function importCommand(): Command {
  return addImportOptions(
    createCommand('import', 'read preference data (.json, .jsonl, .csv, .tsv, .parquet, also .gz) into a project'),
  )
    .argument('<file...>')
    .requiredOption('--project <name>', 'project; made when there is none of that name')
    .action((files: string[], options: CommonOptions & ImportFileOptions & { project: string }) =>
      execute(options, (io) =>
        withLibrary(options.library, async (library) => {
          const { getOrCreateProject } = await import('../../../projects/projects.ts');
          const summary = await importFiles(
            io,
            library,
            getOrCreateProject(library, options.project).id,
            files,
            options,
          );
          io.result(summary, describeImport(summary));
        }),
      ),
    );
}

/**
 * Imports files one after the other. Throws the failures of `importDataset`; files before the failing one stay
 * imported.
 */
export async function importFiles(
  io: Io,
  library: Library,
  projectId: number,
  files: readonly string[],
  options: ImportFileOptions,
): Promise<ImportSummary> {
  const { importDataset } = await import('../../../datasets/import.ts');
  const results: (ImportResult & { readonly file: string })[] = [];
  for (const file of files) {
    const result = await importDataset(library, projectId, file, {
      format: options.format ?? null,
      mapping: options.map ?? null,
      values: options.mapValue ?? null,
      rendered: options.rendered ?? null,
      leftOut: options.leaveOut ?? [],
      signal: io.signal,
      onProgress: ({ rows, rowsPerSecond, secondsLeft, rejected }) =>
        io.progress(
          `${file}: ${rows} rows, ${rejected} rejected, ${Math.round(rowsPerSecond)} ` +
            `rows/s${secondsLeft === null ? '' : `, ${duration(secondsLeft)} left`}`,
        ),
    });
    results.push({ file, ...result });
  }
  const { pairsWithTwoVerdicts } = await import('../../../review/lint/two-verdicts.ts');
  const sum = (count: (result: ImportResult) => number) => results.reduce((total, result) => total + count(result), 0);
  return {
    accepted: sum(({ accepted }) => accepted),
    rejected: sum(({ rejected }) => rejected),
    duplicates: sum(({ duplicates }) => duplicates),
    clashes: sum(({ clashes }) => clashes),
    twoVerdicts: pairsWithTwoVerdicts(library, projectId),
    issues: results.flatMap(({ issues }) => issues),
    files: results.map(({ file, format, reason, accepted, rejected, duplicates, unusedColumns, values }) => ({
      file,
      format,
      reason,
      accepted,
      rejected,
      duplicates,
      unusedColumns,
      values,
    })),
  };
}

/** A warning about contradicting pairs, where there are any. */
export function twoVerdictsWarning({ twoVerdicts }: Pick<ImportSummary, 'twoVerdicts'>): readonly string[] {
  return twoVerdicts === 0
    ? []
    : [
        `Warning: ${twoVerdicts} pairs of the project have a response that another pair with the same prompt gives ` +
          'the opposite verdict, and training learns both. Find them in the app: Review, Look for defects.',
      ];
}

/** What a person sees of an import. */
export function describeImport(summary: ImportSummary): string {
  const { files, accepted, rejected, duplicates, clashes, issues } = summary;
  return [
    ...files.flatMap(({ file, format, reason, accepted: taken, unusedColumns, values }) => [
      `${file}: ${taken} pairs; format ${format} (${reason})`,
      ...Object.entries(values).map(
        ([field, known]) =>
          `  ${field}: ${Object.entries(known)
            .map(([value, meaning]) => `${value} means ${meaning}`)
            .join(', ')}`,
      ),
      ...(unusedColumns.length === 0 ? [] : [`  columns not used: ${unusedColumns.join(', ')}`]),
    ]),
    `accepted ${accepted}, rejected ${rejected}, duplicates ` +
      `${duplicates}${clashes === 0 ? '' : `, of which ${clashes} say something else than the pair that was kept`}`,
    ...twoVerdictsWarning(summary),
    ...issues
      .slice(0, 20)
      .map(({ row, field, code, message }) => `  row ${row}${field === '' ? '' : `, ${field}`}: ${message} (${code})`),
    ...hintsFor(issues).map((hint) => `  ${hint}`),
    ...(issues.length > 20 ? ['  ... more with --json'] : []),
  ].join('\n');
}

/** What to type about the rows that were left out, once for each cause. */
function hintsFor(issues: ImportSummary['issues']): readonly string[] {
  return [...new Set(issues.map(({ code }) => code))].flatMap((code) => hintFor(code, {}) ?? []);
}

function addMapping(
  text: string,
  previous: { readonly [field: string]: string } | undefined,
): { readonly [field: string]: string } {
  const at = text.indexOf('=');
  if (at < 1 || at === text.length - 1)
    throw new InvalidArgumentError('Expected field=column, such as prompt=question.');
  return { ...previous, [text.slice(0, at)]: text.slice(at + 1) };
}

function addMeaning(text: string, previous: GivenMeanings | undefined): GivenMeanings {
  const [, field, value, meaning] = /^([^:]+):(.*)=([^=]+)$/.exec(text) ?? [];
  if (field === undefined || value === undefined || meaning === undefined)
    throw new InvalidArgumentError('Expected field:value=meaning, such as preferred:1=A.');
  return { ...previous, [field]: { ...previous?.[field], [value]: meaning } };
}
