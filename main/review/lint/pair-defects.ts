import type { Severity, Side } from '../../../preload/contract/pairs.ts';
import type { LintKind } from '../../../preload/contract/review-filter.ts';
import { isRefusal } from '../../../native-models/text/refusal.ts';
import { encodingDamage, isEmptyText, looksTruncated, normalised } from './text-defects.ts';
import { jaccard, shinglesOf } from './shingles.ts';

/** What lint looks at in one response. */
export interface LintedResponse {
  readonly text: string;
  readonly unsafe: boolean | null;
  readonly severity: Severity | null;
  readonly categories: readonly string[];
}

export interface Defect {
  readonly kind: LintKind;
  readonly side: Side | null;
  readonly detail: string;
}

/** Above this many characters an answer that begins as a refusal may well go on to comply. */
const longestRefusal = 600;

/** From this similarity of shingles on two texts count as nearly the same. */
export const nearlySame = 0.8;

/** The defects that a pair shows by itself. */
export function pairDefects(prompt: string, responses: { readonly [side in Side]: LintedResponse }): Defect[] {
  const damage = encodingDamage(prompt);
  return [
    ...responseDefects('a', responses.a),
    ...responseDefects('b', responses.b),
    ...(damage === null ? [] : [{ kind: 'encoding-damage' as const, side: null, detail: `${damage} in the prompt` }]),
    ...sameness(responses.a.text, responses.b.text),
  ];
}

function responseDefects(side: Side, { text, unsafe, severity, categories }: LintedResponse): Defect[] {
  const defects: Defect[] = [];
  const found = (kind: LintKind, detail: string): void => void defects.push({ kind, side, detail });
  if (isEmptyText(text)) found('empty-response', `${text.length} characters without a letter or digit`);
  else if (looksTruncated(text)) found('truncated-response', `ends with ${JSON.stringify(text.trimEnd().slice(-40))}`);
  const damage = encodingDamage(text);
  if (damage !== null) found('encoding-damage', damage);
  if (unsafe === true && text.length <= longestRefusal && isRefusal(text))
    found('refusal-marked-unsafe', `begins with ${JSON.stringify(text.trim().slice(0, 40))}`);
  if (unsafe === true && severity === 0) found('verdict-against-severity', 'unsafe, but severity 0');
  if (unsafe === false && severity !== null && severity > 0)
    found('verdict-against-severity', `safe, but severity ${severity}`);
  if (unsafe === false && categories.length > 0)
    found('verdict-against-category', `safe, but ${categories.join(', ')}`);
  return defects;
}

function sameness(a: string, b: string): Defect[] {
  const [left, right] = [normalised(a), normalised(b)];
  if (left === right)
    return [{ kind: 'identical-responses', side: null, detail: 'the responses differ only in white space or case' }];
  // The sets of shingles cannot be that similar when one text is that much longer.
  if (Math.min(left.length, right.length) < nearlySame * 0.75 * Math.max(left.length, right.length)) return [];
  const similarity = jaccard(shinglesOf(left), shinglesOf(right));
  return similarity < nearlySame
    ? []
    : [{ kind: 'near-identical-responses', side: null, detail: `similarity ${similarity.toFixed(2)}` }];
}
