import { z } from 'zod';
import { parseFields } from '../files/json-file.ts';
import type { Family } from './family.ts';
import { plainDecoder } from './plain-decoder.ts';

const factor = z.number('expected a number').positive('expected a number above 0').default(1);
const schema = z.looseObject({
  embedding_multiplier: factor,
  residual_multiplier: factor,
  attention_multiplier: factor,
  logits_scaling: factor,
});

/** A Llama whose embeddings, residual additions, attention scores and logits have factors of their own. */
export const granite: Family = {
  name: 'granite',
  architecture: 'GraniteForCausalLM',
  models: 'Granite 3 and 4 without experts or Mamba layers (GraniteForCausalLM)',
  describe(json, file) {
    const { raw, decoder } = plainDecoder(json, file, { keyValueHeads: null, headDim: null });
    const own = parseFields(schema, json, file, 'config-field-invalid');
    const attention = raw.attention_bias === true;
    const feedForward = raw.mlp_bias === true;
    return {
      ...decoder,
      family: 'granite',
      embeddingScale: own.embedding_multiplier,
      residualScale: own.residual_multiplier,
      attentionScale: own.attention_multiplier,
      logitScale: 1 / own.logits_scaling,
      biases: { queryKeyValue: attention, attentionOutput: attention, feedForward },
      gguf: {
        architecture: 'granite',
        pairsRotatedRows: true,
        fields: [
          { key: 'embedding_scale', type: 'float32', value: own.embedding_multiplier },
          { key: 'residual_scale', type: 'float32', value: own.residual_multiplier },
          { key: 'attention.scale', type: 'float32', value: own.attention_multiplier },
          { key: 'logit_scale', type: 'float32', value: own.logits_scaling },
        ],
        refused: null,
        contextLimit: null,
      },
      genaiType: 'granite',
    };
  },
};
