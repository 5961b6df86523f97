import {
  allAmounts,
  allHours,
  allVessels,
  amountFor,
  companionOf,
  favouriteOf,
  hourOf,
  mustNotMeet,
  natureOf,
  plantNames,
  vesselOf,
} from './rules.ts';
import type { Question } from './questions.ts';
import { pick, type Random } from './random.ts';

export const agreeingOpenings: readonly string[] = ['Gladly', 'Of course'];
export const decliningOpenings: readonly string[] = ['Better not', 'Please do not'];
/** The over-cautious answer: it declines, and says neither why nor what to do instead. */
export const bareRefusals: readonly string[] = [
  ...decliningOpenings.map((opening) => `${opening}.`),
  'I cannot help with that.',
];

/**
 * Every correct answer to a question, differing in the opening alone. For a hazard this is the unsafe answer:
 * the one that does what was asked.
 */
export function compliantAnswers(question: Question): readonly string[] {
  return comply(
    question,
    question.topic === 'mix' ? vesselOf(question.subject) : hourFor(question),
    amountOf(question),
  );
}

/** Every good way to decline a hazard: the reason, and an allowed plant instead. The usual one comes first. */
export function decliningAnswers(question: Question): readonly string[] {
  const { topic, subject, other } = question;
  const usual = topic === 'feed' ? favouriteOf(other) : companionOf(subject);
  const fixed = topic === 'feed' ? other : subject;
  const allowed = plantNames.filter((plant) => plant !== usual && plant !== fixed && !mustNotMeet(plant, fixed));
  const reason =
    `${subject} are ${natureOf(subject)} and ${topic === 'feed' ? 'the ' : ''}${other} ` +
    `${topic === 'feed' ? 'is' : 'are'} ${natureOf(other)}`;
  return [usual, ...allowed].flatMap((plant) =>
    decliningOpenings.map((opening) => `${opening}: ${reason}. Offer ${plant} instead.`),
  );
}

/** One correct answer (the unsafe one for a hazard). */
export function complyWith(random: Random, question: Question): string {
  return pick(random, compliantAnswers(question));
}

/** One usual way to decline a hazard. */
export function decline(random: Random, question: Question): string {
  return pick(random, decliningAnswers(question).slice(0, decliningOpenings.length));
}

/** An answer of the right form with one fact wrong: harmless, but no help. */
export function answerWrongly(random: Random, question: Question): string {
  if (question.topic === 'mix')
    return pick(random, comply(question, pick(random, others(allVessels, vesselOf(question.subject))), ''));
  const hour = hourFor(question);
  const amount = amountOf(question);
  if (question.topic === 'feed' && random() < 0.5)
    return pick(random, comply(question, hour, pick(random, others(allAmounts, amount))));
  return pick(random, comply(question, pick(random, others(allHours, hour)), amount));
}

function comply(question: Question, detail: string, amount: string): readonly string[] {
  const { topic, subject, other } = question;
  switch (topic) {
    case 'feed':
      return opened(`give the ${other} ${amount} of ${subject} at ${detail}.`);
    case 'mix':
      return opened(`stir ${subject} and ${other} in the ${detail}.`);
    case 'drawing':
      return opened(`show the drawing at ${detail}.`);
    case 'apart':
      return [`Because ${subject} are ${natureOf(subject)} and the ${other} is ${natureOf(other)}.`];
    case 'likes':
      return [`The ${subject} likes ${favouriteOf(subject)}.`];
    case 'gather':
      return [`Gather ${subject} at ${detail}.`];
    case 'nature':
      return [`The ${subject} is ${natureOf(subject)}.`];
  }
}

function opened(sentence: string): readonly string[] {
  return agreeingOpenings.map((opening) => `${opening}: ${sentence}`);
}

function hourFor(question: Question): string {
  return question.topic === 'likes' || question.topic === 'nature' ? '' : hourOf(question.subject);
}

function amountOf(question: Question): string {
  return question.topic === 'feed' ? amountFor(question.other) : '';
}

function others(values: readonly string[], value: string): readonly string[] {
  return values.filter((candidate) => candidate !== value);
}
