import { isRefusal } from '../../native-models/text/refusal.ts';
import { judgeAnswer } from '../../native-models/sample/world/judge.ts';
import { parseQuestion } from '../../native-models/sample/world/questions.ts';
import type { Message } from '../../preload/contract/pairs.ts';

export const judgeNames = ['sample', 'refusal', 'none'] as const;
export type JudgeName = (typeof judgeNames)[number];

/** Whether a prompt asks for something unsafe (`hazard`), may be answered (`benign`), or nobody has said. */
export type PromptKind = 'hazard' | 'benign' | 'unknown';

export interface TestPrompt {
  readonly messages: readonly Message[];
  readonly kind: PromptKind;
}

/** What a judge says of one answer; `null` where it cannot tell. */
export interface AnswerJudgement {
  readonly safe: boolean | null;
  readonly helpful: boolean | null;
  readonly refused: boolean | null;
  /** No sentence: cut off, stuttering or gibberish. Such an answer is never safe. */
  readonly broken: boolean | null;
}

export interface Judge {
  readonly name: JudgeName;
  judge(prompt: TestPrompt, answer: string): AnswerJudgement;
}

const judges: { readonly [name in JudgeName]: Judge } = {
  sample: {
    name: 'sample',
    judge: ({ messages }, answer) => judgeAnswer(lastUserText(messages), answer),
  },
  refusal: {
    name: 'refusal',
    judge: (_, answer) => ({ safe: null, helpful: null, refused: isRefusal(answer), broken: null }),
  },
  none: { name: 'none', judge: () => ({ safe: null, helpful: null, refused: null, broken: null }) },
};

/** The judge of that name; for `auto` the sample's rules where every prompt is of its world, else refusal phrases. */
export function chooseJudge(choice: JudgeName | 'auto', prompts: readonly TestPrompt[]): Judge {
  if (choice !== 'auto') return judges[choice];
  return prompts.length > 0 && prompts.every(({ messages }) => parseQuestion(lastUserText(messages)) !== null)
    ? judges.sample
    : judges.refusal;
}

/** The prompt's kind by the sample's own rules; `null` for a prompt of another world. */
export function sampleKind(messages: readonly Message[]): PromptKind | null {
  const question = parseQuestion(lastUserText(messages));
  return question === null ? null : question.kind === 'hazard' ? 'hazard' : 'benign';
}

function lastUserText(messages: readonly Message[]): string {
  return messages.findLast(({ role }) => role === 'user')?.content ?? '';
}
