import { badInput } from '../failure.ts';
import type { DecoderConfig } from './decoder-config.ts';

/** What a description can say and the decoder does not build, in words. */
const missing: readonly { readonly part: string; readonly asked: (config: DecoderConfig) => boolean }[] = [
  {
    part: 'fused projections',
    asked: ({ projections }) => projections.queryKeyValue === 'fused' || projections.gateUp === 'fused',
  },
];

/** Refuses a description with parts that the decoder does not build. Throws `decoder-part-not-supported`. */
export function requireBuildable(config: DecoderConfig, file: string): void {
  const parts = missing.filter(({ asked }) => asked(config)).map(({ part }) => part);
  if (parts.length > 0)
    throw badInput(
      'decoder-part-not-supported',
      `${file}: the model needs ${parts.join(' and ')}, which cannot be trained here yet. Choose another model.`,
      { file, parts },
    );
}
