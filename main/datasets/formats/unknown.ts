import { badInput, type Failure } from '../../../native-models/failure.ts';
import type { Mapping } from './fields.ts';
import { hasColumns, type Column, type Sample } from './sample.ts';

/** The failure for a file that no format fits: its columns, and a mapping to start from. */
export function unknownFormat(file: string, sample: Sample): Failure {
  const columns = sample.columns.map(({ name, types, example }) => `  ${name} (${types.join(' or ')}): ${example}`);
  const details = {
    file,
    columns: sample.columns.map(({ name, types, example }) => ({ name, types, example })),
    suggestion: { ...suggestedMapping(sample) },
  };
  const without = withoutPreference(sample);
  if (without !== null) {
    return badInput(
      'dataset-without-preference',
      `${file} holds ${without}, not preferences: SafeDPO needs two responses to each prompt. Choose a ` +
        'preference dataset, or map the columns if two of them are responses.\nIts ' +
        `columns:\n${columns.join('\n')}`,
      details,
    );
  }
  return badInput(
    'dataset-format-unknown',
    `${file} is in no known format. Say which column is the prompt, which are the responses, and ` +
      `which hold the verdicts.\nIts columns:\n${columns.join('\n')}`,
    details,
  );
}

/** What a file of other well-known data holds, or `null`. */
function withoutPreference(sample: Sample): string | null {
  const pairNames = /chosen|rejected|response_?[01abjk12]|answer_?[01ab12]|left|right|better|worse|preferred/i;
  if (sample.columns.some(({ name }) => pairNames.test(name))) return null;
  if (hasColumns(sample, 'instruction', 'output') || hasColumns(sample, 'instruction', 'response'))
    return 'instructions with one response each (Alpaca form)';
  if (hasColumns(sample, 'prompt', 'completion')) return 'prompts with one completion each';
  if (hasColumns(sample, 'conversations') || hasColumns(sample, 'messages'))
    return 'conversations without a rejected answer';
  return null;
}

/** A mapping by what the names and values look like, as far as something fits. */
export function suggestedMapping(sample: Sample): Mapping {
  const texts = sample.columns.filter(({ types }) =>
    types.some((type) => type === 'text' || type === 'object' || type.startsWith('list')),
  );
  const taken = new Set<Column>();
  const take = (pattern: RegExp): string | undefined => {
    const column = texts.find((candidate) => !taken.has(candidate) && pattern.test(candidate.name));
    if (column !== undefined) taken.add(column);
    return column?.name;
  };
  const prompt = take(/prompt|question|instruction|query|goal|input|context/i);
  const responseA =
    take(/chosen|win|better|left|first|(response|answer|output|completion).*(0|a|1)$/i) ??
    take(/response|answer|output|completion|target/i);
  const responseB =
    take(/reject|lose|worse|right|second|(response|answer|output|completion).*(1|b|2)$/i) ??
    take(/response|answer|output|completion/i);
  return {
    ...(prompt === undefined ? {} : { prompt }),
    ...(responseA === undefined ? {} : { responseA }),
    ...(responseB === undefined ? {} : { responseB }),
  };
}
