import { z } from 'zod';
import type { OpinionTarget, OpinionValue } from './opinions.ts';
import { opinionValue } from './opinions-of-argilla.ts';

/** One entry of `annotations[].result[]` in Label Studio's JSON export. */
export const labelStudioResult = z.looseObject({
  from_name: z.string(),
  to_name: z.string().optional(),
  type: z.string(),
  value: z.looseObject({ choices: z.array(z.string()).optional(), selected: z.string().optional() }),
});

const targets: ReadonlyMap<string, OpinionTarget> = new Map([
  ['verdict_a', 'verdict a'],
  ['verdict_b', 'verdict b'],
  ['preferred', 'preference'],
]);

/** The names of the control tags whose results count. */
export const labelStudioQuestions = [...targets.keys()];

/** How the two texts of a Pairwise tag may be named: the first is shown on the left. */
const sides: ReadonlyMap<string, 'a' | 'b'> = new Map([
  ['a', 'a'],
  ['b', 'b'],
  ['response_a', 'a'],
  ['response_b', 'b'],
]);

/**
 * The opinion that a result gives: a Choices tag named `verdict_a` or `verdict_b` with one choice of safe and unsafe,
 * one named `preferred` with one of a, b and tie, or a Pairwise tag named `preferred` over the texts `a` and `b`, or
 * `response_a` and `response_b`.
 * @returns `null` for a result with another name; a sentence where a known name comes with something else
 */
export function labelStudioOpinion({
  from_name: name,
  to_name: texts,
  type,
  value,
}: z.output<typeof labelStudioResult>):
  { readonly target: OpinionTarget; readonly value: OpinionValue } | string | null {
  const target = targets.get(name);
  if (target === undefined) return null;
  if (type === 'pairwise')
    return target === 'preference'
      ? pairwiseOpinion(texts ?? '', value.selected)
      : `${name} is a Pairwise tag; expected a Choices tag with safe and unsafe`;
  if (type !== 'choices')
    return (
      `${name} is of the type ${JSON.stringify(type)}; expected ` +
      `choices${target === 'preference' ? ' or pairwise' : ''}`
    );
  const choices = value.choices ?? [];
  const [choice = ''] = choices;
  if (choices.length !== 1) return `${name} has ${choices.length} choices (${choices.join(', ')}); expected one`;
  const opinion = opinionValue(target, choice);
  return opinion === null
    ? `${name}: ${JSON.stringify(choice)} is not ${target === 'preference' ? 'a, b or tie' : 'safe or unsafe'}`
    : { target, value: opinion };
}

function pairwiseOpinion(
  texts: string,
  selected: string | undefined,
): { readonly target: OpinionTarget; readonly value: OpinionValue } | string {
  const [left, right, ...more] = texts.split(',').map((name) => sides.get(name.trim().toLowerCase()));
  if (left === undefined || right === undefined || left === right || more.length > 0)
    return (
      `to_name of the Pairwise tag is ${JSON.stringify(texts)}; expected "a,b" or "response_a,response_b", so ` +
      'that left and right are known'
    );
  if (selected !== 'left' && selected !== 'right')
    return `selected of the Pairwise tag is ${JSON.stringify(selected ?? null)}; expected left or right`;
  return { target: 'preference', value: selected === 'left' ? left : right };
}
