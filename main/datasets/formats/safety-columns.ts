import type { Mapping } from './fields.ts';
import { firstColumn, type Sample } from './sample.ts';

/** Names under which TRL-style files carry a verdict; TRL itself has none. `h` is the papers' harmfulness indicator. */
const names = {
  chosenUnsafe: [
    'chosen_unsafe',
    'chosen_is_unsafe',
    'is_chosen_unsafe',
    'better_is_unsafe',
    'unsafe_chosen',
    'h_chosen',
    'h_w',
    'chosenUnsafe',
  ],
  rejectedUnsafe: [
    'rejected_unsafe',
    'rejected_is_unsafe',
    'is_rejected_unsafe',
    'worse_is_unsafe',
    'unsafe_rejected',
    'h_rejected',
    'h_l',
    'rejectedUnsafe',
  ],
  chosenSafe: [
    'chosen_safe',
    'chosen_is_safe',
    'is_chosen_safe',
    'better_is_safe',
    'is_better_safe',
    'safe_chosen',
    'chosen_safety',
    'chosenSafe',
  ],
  rejectedSafe: [
    'rejected_safe',
    'rejected_is_safe',
    'is_rejected_safe',
    'worse_is_safe',
    'is_worse_safe',
    'safe_rejected',
    'rejected_safety',
    'rejectedSafe',
  ],
} as const;

/** The safety columns a chosen/rejected file has, and a sentence about them for the reason. */
export function safetyColumns(sample: Sample): { readonly mapping: Mapping; readonly sentence: string } {
  const chosenUnsafe = firstColumn(sample, names.chosenUnsafe);
  const rejectedUnsafe = firstColumn(sample, names.rejectedUnsafe);
  const chosenSafe = firstColumn(sample, names.chosenSafe);
  const rejectedSafe = firstColumn(sample, names.rejectedSafe);
  const mapping: Mapping = {
    ...(chosenUnsafe === undefined ? {} : { chosenUnsafe }),
    ...(rejectedUnsafe === undefined ? {} : { rejectedUnsafe }),
    ...(chosenSafe === undefined ? {} : { chosenSafe }),
    ...(rejectedSafe === undefined ? {} : { rejectedSafe }),
  };
  const found = Object.values(mapping);
  return {
    mapping,
    sentence:
      found.length === 0 ? 'no safety columns, so every pair waits for verdicts' : `safety from ${found.join(' and ')}`,
  };
}
