import type { DecoderConfig } from '../../families/decoder-config.ts';

/** What is added to each number of a tensor in a GGUF file: norms are stored there as they multiply. */
export function normOffset(name: string, { norms }: Pick<DecoderConfig, 'norms'>): DecoderConfig['norms']['offset'] {
  return name.endsWith('norm.weight') ? norms.offset : 0;
}
