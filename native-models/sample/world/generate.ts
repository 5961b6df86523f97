import { badInput, failed } from '../../failure.ts';
import { answerWrongly, bareRefusals, complyWith, decline } from './answers.ts';
import { allQuestions, type PromptKind, type Question } from './questions.ts';
import { pick, seededRandom, shuffled, type Random } from './random.ts';
import { allHours, companionOf, creatureNames, hourOf, natureOf, natures, plantNames, vesselOf } from './rules.ts';

/** A prompt and the answer the start model is taught. */
export interface SftRow {
  readonly prompt: string;
  readonly response: string;
}

/** A row in the columns of PKU-SafeRLHF 10K and 30K. `null` where the annotators have not judged yet. */
export interface PairRow {
  readonly prompt: string;
  readonly response_0: string;
  readonly response_1: string;
  readonly is_response_0_safe: boolean | null;
  readonly is_response_1_safe: boolean | null;
  readonly better_response_id: 0 | 1;
  readonly safer_response_id: 0 | 1 | null;
}

export interface HeldOutPrompt {
  readonly prompt: string;
  readonly kind: PromptKind;
}

/** One meeting in five is held out, in every wording and as a look-alike too; look-ups hold out one wording. */
const heldOutShare = 0.2;
/** How often the start model is taught to do what it must not: requests take the permission for granted. */
const unsafeShare: { readonly [tone in Question['tone']]: number } = { question: 0.25, request: 0.75 };
const splitSeed = 2505;
/** Beyond this, new pairs that differ from all before become rare. */
const mostPairs = 2000;

const heldOutMeetings = meetingsHeldOut();

/** Whether a question is kept from all training text. It does not depend on a seed, so no run can train on it. */
export function isHeldOut(question: Question): boolean {
  return heldOutMeetings.has(meetingKey(question));
}

/** Facts of the world as plain sentences, each on a line of its own: what a base model would have read. */
export function generatePretrainingText(seed: number): string[] {
  const facts = [
    ...plantNames.flatMap((plant) => [
      `The nature of ${plant} is ${natureOf(plant)}.`,
      `Gather ${plant} at ${hourOf(plant)}.`,
      `Stir ${plant} in the ${vesselOf(plant)}.`,
      `The companion of ${plant} is ${companionOf(plant)}.`,
    ]),
    ...creatureNames.map((creature) => `The nature of the ${creature} is ${natureOf(creature)}.`),
    ...natures.map((nature, index) => `What is ${nature} wakes at ${allHours[index] ?? ''}.`),
  ];
  return shuffled(seededRandom(seed), facts);
}

/**
 * Instruction rows: every question that is not held out, benign ones with their correct answer, hazards twice with an
 * unsafe answer about as often as a safe one.
 */
export function generateSftRows(seed: number): SftRow[] {
  const random = seededRandom(seed);
  const rows = trainingQuestions().flatMap((question) => {
    const answers = question.kind === 'hazard' ? [answerHazard, answerHazard] : [complyWith];
    return answers.map((answer) => ({ prompt: question.prompt, response: answer(random, question) }));
  });
  return shuffled(random, rows);
}

/**
 * Preference rows about questions that are not held out; no two are alike. The mix is that of `composition`.
 * Fails with `sample-too-many-pairs` where the world has no more that differ.
 */
export function generatePairs(seed: number, count: number): PairRow[] {
  const random = seededRandom(seed);
  const hazards = shuffled(
    random,
    trainingQuestions().filter((question) => question.kind === 'hazard'),
  );
  const others = shuffled(
    random,
    trainingQuestions().filter((question) => question.kind !== 'hazard' && hasAnOpening(question)),
  );
  const rows = new Map<string, PairRow>();
  for (let index = 0; rows.size < count; index += 1) {
    const { hazard, pair } = pairMakers[at(composition, rows.size)];
    const question = at(hazard ? hazards : others, index);
    const row = inRandomOrder(random, question.prompt, pair(random, question));
    const content = JSON.stringify([row.prompt, ...[row.response_0, row.response_1].sort()]);
    if (!rows.has(content)) rows.set(content, row);
    if (index > 10 * mostPairs)
      throw badInput(
        'sample-too-many-pairs',
        `the sample world has no ${count} different pairs; ask for at most ${mostPairs}`,
        { value: count, expected: mostPairs },
      );
  }
  return shuffled(random, [...rows.values()]);
}

/** The prompts no training row has, in a random order: hazards, look-alikes and benign ones, with what each is. */
export function heldOutPrompts(seed: number): HeldOutPrompt[] {
  return shuffled(seededRandom(seed), allQuestions.filter(isHeldOut)).map(({ prompt, kind }) => ({ prompt, kind }));
}

function at<T>(values: readonly T[], index: number): T {
  const value = values[index % values.length];
  if (value === undefined) throw failed('sample-world-inconsistent', 'there is nothing to choose from');
  return value;
}

/** A pair before its order is drawn: the more helpful response first. */
interface DraftPair {
  readonly better: string;
  readonly worse: string;
  readonly betterSafe: boolean;
  readonly worseSafe: boolean;
  readonly judged: boolean;
}

type PairSort = 'safe-unsafe' | 'unsafe-safe' | 'safe-safe' | 'both-unsafe' | 'waiting' | 'benign';

/**
 * Twenty rows stand for the mix: 5 kept safe over unsafe, 4 to be swapped, 9 safe over safe, 1 to be dropped, 1
 * waiting. Pairs that teach to allow are as many as those that teach to decline: without them the model learns to
 * decline everything.
 */
const composition: readonly PairSort[] = [
  'safe-unsafe',
  'benign',
  'unsafe-safe',
  'benign',
  'safe-unsafe',
  'benign',
  'unsafe-safe',
  'both-unsafe',
  'benign',
  'safe-unsafe',
  'benign',
  'unsafe-safe',
  'safe-safe',
  'benign',
  'safe-unsafe',
  'benign',
  'waiting',
  'unsafe-safe',
  'benign',
  'safe-unsafe',
];

const pairMakers: {
  readonly [sort in PairSort]: {
    readonly hazard: boolean;
    readonly pair: (random: Random, question: Question) => DraftPair;
  };
} = {
  'safe-unsafe': {
    hazard: true,
    pair: (random, question) => draft(decline(random, question), complyWith(random, question), true, false),
  },
  'unsafe-safe': {
    hazard: true,
    pair: (random, question) => draft(complyWith(random, question), decline(random, question), false, true),
  },
  'safe-safe': {
    hazard: true,
    pair: (random, question) => draft(decline(random, question), pick(random, bareRefusals), true, true),
  },
  'both-unsafe': {
    hazard: true,
    pair: (random, question) => draft(complyWith(random, question), answerWrongly(random, question), false, false),
  },
  waiting: {
    hazard: true,
    pair: (random, question) => ({
      ...draft(decline(random, question), complyWith(random, question), true, false),
      judged: false,
    }),
  },
  benign: {
    hazard: false,
    pair: (random, question) => draft(complyWith(random, question), lessHelpful(random, question), true, true),
  },
};

function draft(better: string, worse: string, betterSafe: boolean, worseSafe: boolean): DraftPair {
  return { better, worse, betterSafe, worseSafe, judged: true };
}

/** Three in four decline what is allowed, in the words of a good refusal; the others get a fact wrong. */
function lessHelpful(random: Random, question: Question): string {
  return random() < 0.75 ? overCautious(random, question) : answerWrongly(random, question);
}

function overCautious(random: Random, question: Question): string {
  return question.topic === 'drawing' || random() < 0.2 ? pick(random, bareRefusals) : decline(random, question);
}

function inRandomOrder(random: Random, prompt: string, pair: DraftPair): PairRow {
  const betterFirst = random() < 0.5;
  const better = betterFirst ? 0 : 1;
  const worse = betterFirst ? 1 : 0;
  const safety = betterFirst ? [pair.betterSafe, pair.worseSafe] : [pair.worseSafe, pair.betterSafe];
  return {
    prompt,
    response_0: betterFirst ? pair.better : pair.worse,
    response_1: betterFirst ? pair.worse : pair.better,
    is_response_0_safe: pair.judged ? safety[0] === true : null,
    is_response_1_safe: pair.judged ? safety[1] === true : null,
    better_response_id: better,
    safer_response_id: pair.judged ? (pair.worseSafe && !pair.betterSafe ? worse : better) : null,
  };
}

function answerHazard(random: Random, question: Question): string {
  return random() < unsafeShare[question.tone] ? complyWith(random, question) : decline(random, question);
}

/** Whether the answer begins by agreeing, so that it could have begun by declining. */
function hasAnOpening(question: Question): boolean {
  return question.topic === 'feed' || question.topic === 'mix' || question.topic === 'drawing';
}

function trainingQuestions(): readonly Question[] {
  return allQuestions.filter((question) => !isHeldOut(question));
}

function meetingsHeldOut(): ReadonlySet<string> {
  const keys = [...new Set(allQuestions.map(meetingKey))];
  return new Set(shuffled(seededRandom(splitSeed), keys).slice(0, Math.round(keys.length * heldOutShare)));
}

/** The two things that meet, whatever is asked about them; a look-up's own wording, as it has no second thing. */
function meetingKey(question: Question): string {
  return question.other === '' ? question.prompt : [question.subject, question.other].sort().join(' ');
}
