import type { JsonValue } from '../../../../preload/contract/views.ts';
import type { LabelEvent } from '../../../../preload/contract/operations/labels.ts';

/** An event of the label log as people read it. */
export interface EventText {
  readonly what: string;
  readonly old: string;
  readonly new: string;
}

const fieldTitles: { readonly [field: string]: string } = {
  verdict: 'verdict',
  categories: 'categories',
  severity: 'severity',
  note: 'note',
  preference: 'preference',
  flag: 'flag',
};
const kindTitles: { readonly [kind in LabelEvent['kind']]: string } = {
  import: '',
  remove: '',
  edit: '',
  adjudicate: 'settled: ',
  undo: 'undo: ',
  redo: 'redo: ',
};

/** Puts an event into words: `undo: A verdict`, `unsafe, by Ada`, `safe, imported`. */
export function eventText(event: LabelEvent): EventText {
  if (event.field === 'dataset')
    return {
      what: event.kind === 'remove' ? 'dataset moved to the trash' : 'file imported',
      old: '',
      new: factsOf(event.new),
    };
  const side = event.side === null ? '' : `${event.side.toUpperCase()} `;
  // An event about a pair that was deleted has no pair either.
  const ofProject = event.field === 'categories' && event.side === null;
  const subject = ofProject ? 'project categories' : `${side}${fieldTitles[event.field] ?? event.field}`;
  const what = `${kindTitles[event.kind]}${subject}`;
  if (ofProject) return { what, old: difference(event.old, event.new), new: difference(event.new, event.old) };
  return { what, old: valueText(event.field, event.old), new: valueText(event.field, event.new) };
}

function valueText(field: string, value: JsonValue): string {
  if (field === 'verdict')
    return judged(
      value,
      member(value, 'unsafe') === null ? null : member(value, 'unsafe') === true ? 'unsafe' : 'safe',
    );
  if (field === 'preference') {
    const preferred = member(value, 'preferred');
    return judged(
      value,
      typeof preferred === 'string' ? (preferred === 'tie' ? 'tie' : preferred.toUpperCase()) : null,
    );
  }
  if (field === 'flag') return value === true ? 'flagged' : 'not flagged';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(String).join(', ');
  return value === null || value === '' ? 'none' : String(value);
}

/** A judgement and whose it is. */
function judged(value: JsonValue, word: string | null): string {
  if (word === null) return 'none';
  const [source, reviewer] = [member(value, 'source'), member(value, 'reviewer')];
  return `${word}, ${typeof reviewer === 'string' ? `by ${reviewer}` : String(source)}`;
}

/** The categories that only the first of two sets has, or has in another state. */
function difference(set: JsonValue, other: JsonValue): string {
  const texts = (value: JsonValue): string[] =>
    Array.isArray(value)
      ? value.map((each) => `${String(member(each, 'name'))}${member(each, 'retired') === true ? ' (retired)' : ''}`)
      : [];
  const others = new Set(texts(other));
  return texts(set)
    .filter((text) => !others.has(text))
    .join(', ');
}

/** Counts and names of an event about a file; hashes stay in the log. */
function factsOf(value: JsonValue): string {
  const [pairs, opinions, reviewers] = [member(value, 'pairs'), member(value, 'opinions'), member(value, 'reviewers')];
  if (typeof opinions === 'number')
    return `${opinions} labels by ${Array.isArray(reviewers) ? reviewers.map(String).join(', ') : ''}`;
  return typeof pairs === 'number' ? `${pairs} pairs with their labels` : '';
}

function member(value: JsonValue, name: string): JsonValue | undefined {
  return isObject(value) ? value[name] : undefined;
}

function isObject(value: JsonValue): value is { readonly [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
