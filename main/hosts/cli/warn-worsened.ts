import type { CertifiedEvaluation } from '../../exports/card-evaluation.ts';
import { worsenings } from '../../../preload/contract/worsening.ts';
import type { Io } from './io.ts';

/** Warns of an export whose newest evaluation says that training made the model worse. */
export function warnWorsened(io: Io, evaluation: CertifiedEvaluation | null): void {
  const worse = evaluation === null ? [] : worsenings(evaluation);
  if (worse.length > 0) io.warn(`training made the exported model worse. ${worse.join(' ')}`);
}
