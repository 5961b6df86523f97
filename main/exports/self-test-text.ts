import { largeLoss } from './log-probs.ts';
import type { SelfTest } from './self-test.ts';

const percent = (share: number): string => `${Number((100 * share).toPrecision(2))} %`;
const nats = (value: number): string => `${Number(value.toPrecision(2))} nats per token`;

/** What the self-test found, in a sentence without its end. */
export function selfTestText({ weights, logProbs }: SelfTest): string {
  const { tensors, values, ofValues } = weights;
  const compared =
    values === ofValues
      ? `all ${values} numbers of ${tensors} tensors`
      : `${values} of ${ofValues} numbers, from each of ${tensors} tensors,`;
  const read = `${compared} read back and equal to what was trained`;
  if (logProbs === null) return read;
  const { pairs, heldOut, exportedFromTrained, trainedFromStart, lostShare, margins } = logProbs;
  const share =
    lostShare === null ? '' : `, ${percent(lostShare)} of the ${nats(trainedFromStart)} that training changed`;
  const margin =
    margins.exported === null || margins.trained === null
      ? ''
      : `; mean reward margin ${Number(margins.exported.toPrecision(3))}, ` +
        `${Number(margins.trained.toPrecision(3))} before rounding`;
  return (
    `${read}; rounding cost ${nats(exportedFromTrained)}${share}, on ${pairs} ` +
    `${heldOut ? 'held-out' : 'training'} pairs${margin}`
  );
}

/** A warning where rounding took much of what training changed; `null` where it did not. */
export function roundingWarning({ logProbs }: SelfTest): string | null {
  const share = logProbs?.lostShare ?? 0;
  if (share < largeLoss) return null;
  return (
    `Rounding the weights to this export's type undid ${percent(share)} of what training changed. float32 ` +
    'keeps all of it, and float16 keeps more than bfloat16.'
  );
}
