/** Models that cannot be trained here yet, and what they would need; published as text models of up to some 14B. */
export interface OtherModels {
  /** `model_type` in config.json. */
  readonly names: readonly string[];
  /** As people know them. */
  readonly models: string;
  readonly needs: readonly string[];
}

const ownNames = 'names of tensors of its own';
const learned = 'learned positions';
const byHead = 'q, k and v of each head side by side in one matrix';
const experts = 'a mixture of experts';
const neighbours = 'rotation of neighbouring numbers';
const alibi = 'attention that falls off with distance (ALiBi)';
const latent = 'attention through a compressed cache (MLA)';
const deltaNet = 'layers of linear attention (gated delta net)';
const mamba = 'Mamba layers';
const perLayer = 'embeddings of their own in every layer';

export const otherModels: readonly OtherModels[] = [
  { names: ['gpt2'], models: 'GPT-2', needs: [ownNames, learned] },
  { names: ['gpt_neox'], models: 'Pythia and GPT-NeoX', needs: [ownNames, byHead, 'exact GELU'] },
  { names: ['gptj'], models: 'GPT-J', needs: [ownNames, neighbours] },
  { names: ['opt'], models: 'OPT', needs: [ownNames, learned, 'ReLU'] },
  { names: ['falcon'], models: 'Falcon 1 and 2', needs: [ownNames, byHead, 'exact GELU'] },
  { names: ['bloom'], models: 'BLOOM', needs: [ownNames, alibi] },
  { names: ['mpt'], models: 'MPT', needs: [ownNames, alibi] },
  { names: ['cohere', 'cohere2'], models: 'Command R and Aya', needs: [neighbours] },
  { names: ['glm', 'glm4'], models: 'GLM-4', needs: [neighbours] },
  { names: ['nemotron'], models: 'Nemotron and Minitron', needs: ['squared ReLU'] },
  { names: ['olmo'], models: 'OLMo 1', needs: ['layer norms without weights'] },
  { names: ['internlm2'], models: 'InternLM 2', needs: [ownNames, 'q, k and v in groups'] },
  { names: ['exaone'], models: 'EXAONE 3', needs: [ownNames] },
  { names: ['mixtral'], models: 'Mixtral', needs: [experts] },
  {
    names: ['qwen2_moe', 'qwen3_moe', 'olmoe', 'granitemoe'],
    models: 'Qwen, OLMo and Granite with experts',
    needs: [experts],
  },
  { names: ['gpt_oss'], models: 'gpt-oss', needs: [experts, 'attention sinks'] },
  { names: ['deepseek_v2', 'deepseek_v3', 'minicpm3'], models: 'DeepSeek V2 and V3, MiniCPM 3', needs: [latent] },
  { names: ['qwen3_5', 'qwen3_5_text', 'qwen3_next'], models: 'Qwen 3.5 and Qwen 3 Next', needs: [deltaNet] },
  { names: ['gemma3n', 'gemma3n_text', 'gemma4', 'gemma4_text'], models: 'Gemma 3n and 4', needs: [perLayer] },
  {
    names: ['falcon_h1', 'nemotron_h', 'mamba', 'mamba2', 'bamba'],
    models: 'Falcon H1, Nemotron H, Mamba',
    needs: [mamba],
  },
  { names: ['lfm2', 'lfm2_moe', 'lfm3'], models: 'LFM 2 and 3', needs: ['layers of gated short convolutions'] },
  { names: ['llama4', 'llama4_text'], models: 'Llama 4', needs: [experts, neighbours] },
  { names: ['t5', 'mt5', 'bart', 'umt5'], models: 'T5 and BART', needs: ['an encoder'] },
  {
    names: ['bert', 'roberta', 'deberta-v2', 'modernbert', 'distilbert', 'xlm-roberta'],
    models: 'BERT and its kind',
    needs: ['a decoder: they do not write text'],
  },
];
