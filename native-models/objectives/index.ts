import { cdpo } from './cdpo.ts';
import { dpo, dpoHarmless, dpoSafeBetter } from './dpo.ts';
import { ipo } from './ipo.ts';
import type { Objective } from './objective.ts';
import { safedpo } from './safedpo.ts';
import { sft } from './sft.ts';
import type { ObjectiveName } from '../vocabulary/objectives.ts';

/** The loss of every objective, by its name on the command line. */
export const objectives: { readonly [Name in ObjectiveName]: Objective<Name> } = {
  safedpo,
  dpo,
  'dpo-safebetter': dpoSafeBetter,
  'dpo-harmless': dpoHarmless,
  cdpo,
  ipo,
  sft,
};
