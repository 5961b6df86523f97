import type { Family } from './family.ts';
import { plainDecoder } from './plain-decoder.ts';

/** A Llama with q, k and v in one matrix and gate and up in another, a part of each head rotated, and LongRoPE. */
export const phi3: Family = {
  name: 'phi3',
  architecture: 'Phi3ForCausalLM',
  models: 'Phi 3 and 3.5 mini, Phi 3 medium, Phi 4 and Phi 4 mini',
  describe(json, file) {
    const { raw, decoder } = plainDecoder(json, file, {
      keyValueHeads: null,
      headDim: null,
      epsilon: 1e-5,
      // Files of before call LongRoPE su or yarn.
      rotary: { partial: 1, typeNames: { su: 'longrope', yarn: 'longrope' }, originalMaxPositions: 4096 },
    });
    const stated = raw.sliding_window ?? null;
    const window = stated === null || stated >= decoder.statedMaxPositions ? null : stated;
    return {
      ...decoder,
      family: 'phi3',
      layers: decoder.layers.map((layer) => ({ ...layer, window })),
      projections: { queryKeyValue: 'fused', gateUp: 'fused' },
      // llama.cpp reads the window and does not apply it.
      gguf: { architecture: 'phi3', pairsRotatedRows: false, fields: [], refused: null, contextLimit: window },
      genaiType: 'phi3',
    };
  },
};
