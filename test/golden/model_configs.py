"""config.json of the tiny decoders of the golden fixtures. Each is made to exercise one thing that real families do.

Most use the keys that model folders on the hub have had for years (`rope_theta`, `rope_scaling`, `torch_dtype`);
`qwen3-qk-norm` and `gemma2-caps` use those that transformers 5 writes (`rope_parameters`, `dtype`). A reader has to understand both.
"""

_COMMON = {
    "hidden_act": "silu",
    "num_hidden_layers": 2,
    "attention_dropout": 0.0,
    "max_position_embeddings": 256,
    "use_cache": True,
    "bos_token_id": 1,
    "eos_token_id": 2,
}

_LLAMA = {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "attention_bias": False, "mlp_bias": False, "torch_dtype": "float32"}

_PHI3 = {"architectures": ["Phi3ForCausalLM"], "model_type": "phi3", "torch_dtype": "float32", "pad_token_id": 0}

CONFIGS = {
    # Untied head, grouped queries (4 query heads share 2 key-value heads), llama3 RoPE scaling. With head_dim 8 the four
    # wavelengths 6, 63, 628 and 6283 meet all three branches: kept (< 128/4), smoothed, divided by 8 (> 128/1).
    "llama-gqa": {
        **_COMMON, **_LLAMA,
        "vocab_size": 97, "hidden_size": 32, "intermediate_size": 40, "num_attention_heads": 4, "num_key_value_heads": 2,
        "head_dim": 8, "rms_norm_eps": 1e-05, "tie_word_embeddings": False, "rope_theta": 10000.0,
        "rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                         "original_max_position_embeddings": 128},
    },
    # Head tied to the embedding, as many key-value heads as query heads, no head_dim key (it is hidden_size / heads).
    "llama-tied": {
        **_COMMON, **_LLAMA,
        "vocab_size": 80, "hidden_size": 24, "intermediate_size": 36, "num_attention_heads": 3, "num_key_value_heads": 3,
        "rms_norm_eps": 1e-06, "tie_word_embeddings": True, "rope_theta": 10000.0, "rope_scaling": None,
    },
    # A query sees its own and the three positions before it: position q sees k where q - 4 < k <= q.
    "mistral-window": {
        **_COMMON,
        "architectures": ["MistralForCausalLM"], "model_type": "mistral", "torch_dtype": "float32",
        "vocab_size": 72, "hidden_size": 32, "intermediate_size": 48, "num_attention_heads": 4, "num_key_value_heads": 2,
        "rms_norm_eps": 1e-05, "tie_word_embeddings": False, "rope_theta": 10000.0, "sliding_window": 4,
    },
    # Biases on q, k and v but not on o; tied. `sliding_window` is written but switched off, as in real Qwen2.5 files.
    "qwen2-bias": {
        **_COMMON,
        "architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "torch_dtype": "float32",
        "vocab_size": 64, "hidden_size": 24, "intermediate_size": 40, "num_attention_heads": 4, "num_key_value_heads": 2,
        "rms_norm_eps": 1e-06, "tie_word_embeddings": True, "rope_theta": 1000000.0,
        "use_sliding_window": False, "sliding_window": 4, "max_window_layers": 2,
    },
    # RMSNorm on every head's q and k before RoPE; head_dim 12 is not hidden_size / heads = 6.
    "qwen3-qk-norm": {
        **_COMMON,
        "architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3", "dtype": "float32",
        "vocab_size": 90, "hidden_size": 24, "intermediate_size": 32, "num_attention_heads": 4, "num_key_value_heads": 2,
        "head_dim": 12, "attention_bias": False, "rms_norm_eps": 1e-06, "tie_word_embeddings": False,
        "rope_parameters": {"rope_type": "default", "rope_theta": 1000000.0},
        "use_sliding_window": False, "sliding_window": None, "max_window_layers": 2,
    },
    # Caps on scores and logits, four norms a layer stored as their distance from one, tanh GELU, scaled embeddings, and a
    # window in every other layer.
    "gemma2-caps": {
        **_COMMON, "architectures": ["Gemma2ForCausalLM"], "model_type": "gemma2", "dtype": "float32", "hidden_act": "gelu_pytorch_tanh", "hidden_activation": "gelu_pytorch_tanh",
        "vocab_size": 70, "hidden_size": 36, "intermediate_size": 32, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8,
        "rms_norm_eps": 1e-06, "tie_word_embeddings": True, "rope_theta": 10000.0, "query_pre_attn_scalar": 12, "attn_logit_softcapping": 3.0, "final_logit_softcapping": 4.0, "sliding_window": 4, "attention_bias": False,
    },
    # YaRN in the spelling of transformers 4: with head_dim 12 and 64 original positions its ramp lies between the
    # frequencies 0 and 4, and its attention factor follows from the factor.
    "qwen2-yarn": {
        **_COMMON,
        "architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "torch_dtype": "float32",
        "vocab_size": 64, "hidden_size": 24, "intermediate_size": 36, "num_attention_heads": 2, "num_key_value_heads": 1,
        "rms_norm_eps": 1e-06, "tie_word_embeddings": True, "rope_theta": 100.0,
        "rope_scaling": {"type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64},
        "use_sliding_window": False, "sliding_window": None, "max_window_layers": 2,
    },
    # Tanh GELU under its old name, scaled embeddings, norms stored as their distance from one.
    "gemma-tanh": {
        **_COMMON, "architectures": ["GemmaForCausalLM"], "model_type": "gemma", "torch_dtype": "float32", "hidden_act": "gelu",
        "vocab_size": 66, "hidden_size": 24, "intermediate_size": 32, "num_attention_heads": 3, "num_key_value_heads": 1, "head_dim": 12,
        "rms_norm_eps": 1e-06, "tie_word_embeddings": True, "rope_theta": 10000.0, "attention_bias": False,
    },
    # Factors of their own on embeddings, residual additions, attention scores and logits.
    "granite-scales": {
        **_COMMON, "architectures": ["GraniteForCausalLM"], "model_type": "granite", "torch_dtype": "float32",
        "vocab_size": 68, "hidden_size": 32, "intermediate_size": 40, "num_attention_heads": 4, "num_key_value_heads": 2,
        "rms_norm_eps": 1e-05, "tie_word_embeddings": True, "rope_theta": 10000000.0, "rope_scaling": None, "attention_bias": False, "mlp_bias": False,
        "embedding_multiplier": 3.0, "residual_multiplier": 0.22, "attention_multiplier": 0.2, "logits_scaling": 1.5,
    },
    # Positions are not rotated in every second layer (every fourth in the released models).
    "smollm3-nope": {
        **_COMMON, "architectures": ["SmolLM3ForCausalLM"], "model_type": "smollm3", "torch_dtype": "float32",
        "vocab_size": 74, "hidden_size": 32, "intermediate_size": 36, "num_attention_heads": 4, "num_key_value_heads": 2,
        "rms_norm_eps": 1e-06, "tie_word_embeddings": True, "rope_theta": 5000000.0, "attention_bias": False, "mlp_bias": False,
        "no_rope_layer_interval": 2, "no_rope_layers": [1, 0], "use_sliding_window": False, "sliding_window": None, "max_window_layers": 2, "pad_token_id": 0,
    },
    # The first layer sees everything, the second a window of 4.
    "qwen2-mixed-windows": {
        **_COMMON, "architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "torch_dtype": "float32",
        "vocab_size": 64, "hidden_size": 24, "intermediate_size": 40, "num_attention_heads": 4, "num_key_value_heads": 2,
        "rms_norm_eps": 1e-06, "tie_word_embeddings": True, "rope_theta": 1000000.0,
        "use_sliding_window": True, "sliding_window": 4, "max_window_layers": 1,
    },
    # LayerNorm with biases, half of each head rotated, biases on q, k and v.
    "stablelm-layer-norm": {
        **_COMMON,
        "architectures": ["StableLmForCausalLM"], "model_type": "stablelm", "torch_dtype": "float32",
        "vocab_size": 56, "hidden_size": 24, "intermediate_size": 28, "num_attention_heads": 3, "num_key_value_heads": 1,
        "layer_norm_eps": 1e-05, "tie_word_embeddings": False, "rope_theta": 10000, "partial_rotary_factor": 0.5,
        "use_qkv_bias": True, "use_parallel_residual": False, "qk_layernorm": False, "hidden_dropout": 0.0,
    },
    # Attention and feed-forward read one norm of the stream.
    "stablelm-parallel": {
        **_COMMON,
        "architectures": ["StableLmForCausalLM"], "model_type": "stablelm", "torch_dtype": "float32",
        "vocab_size": 56, "hidden_size": 24, "intermediate_size": 28, "num_attention_heads": 3, "num_key_value_heads": 1,
        "layer_norm_eps": 1e-05, "tie_word_embeddings": True, "rope_theta": 10000, "partial_rotary_factor": 0.25,
        "use_qkv_bias": False, "use_parallel_residual": True, "qk_layernorm": False, "hidden_dropout": 0.0,
    },
    # LayerNorm, every bias, a feed-forward without a gate, a window.
    "starcoder2-plain": {
        **_COMMON,
        "architectures": ["Starcoder2ForCausalLM"], "model_type": "starcoder2", "torch_dtype": "float32", "hidden_act": "gelu_pytorch_tanh",
        "vocab_size": 58, "hidden_size": 24, "intermediate_size": 40, "num_attention_heads": 4, "num_key_value_heads": 2,
        "norm_epsilon": 1e-05, "tie_word_embeddings": True, "rope_theta": 10000.0, "use_bias": True, "sliding_window": 4,
        "residual_dropout": 0.0, "embedding_dropout": 0.0,
    },
    # Phi-2: side by side behind one LayerNorm, no gate, biases everywhere and on the head, names of its own.
    "phi-parallel": {
        **_COMMON,
        "architectures": ["PhiForCausalLM"], "model_type": "phi", "torch_dtype": "float32", "hidden_act": "gelu_new",
        "vocab_size": 52, "hidden_size": 24, "intermediate_size": 40, "num_attention_heads": 3, "num_key_value_heads": None,
        "layer_norm_eps": 1e-05, "tie_word_embeddings": False, "rope_theta": 10000.0, "rope_scaling": None, "partial_rotary_factor": 0.5,
        "qk_layernorm": False, "resid_pdrop": 0.0, "embd_pdrop": 0.0,
    },
    # q, k and v in one matrix, gate and up in another, a window; the keys of Phi-3-mini's file.
    "phi3-fused": {
        **_COMMON, **_PHI3,
        "vocab_size": 66, "hidden_size": 24, "intermediate_size": 32, "num_attention_heads": 4, "num_key_value_heads": 2,
        "rms_norm_eps": 1e-05, "tie_word_embeddings": False, "rope_theta": 10000.0, "rope_scaling": None, "sliding_window": 4,
        "original_max_position_embeddings": 256,
    },
    # Phi-4-mini: three quarters of each head rotated, LongRoPE whose attention factor follows from 256 / 64, tied.
    "phi3-longrope": {
        **_COMMON, **_PHI3,
        "vocab_size": 68, "hidden_size": 32, "intermediate_size": 36, "num_attention_heads": 4, "num_key_value_heads": 2,
        "rms_norm_eps": 1e-05, "tie_word_embeddings": True, "rope_theta": 10000.0, "partial_rotary_factor": 0.75,
        "original_max_position_embeddings": 64, "sliding_window": 262144,
        "rope_scaling": {"type": "longrope", "short_factor": [1.0, 1.25, 2.5], "long_factor": [1.5, 4.0, 9.0]},
    },
    # Norms over what attention and feed-forward add and none before them; q and k normed whole.
    "olmo2-post-norms": {
        **_COMMON,
        "architectures": ["Olmo2ForCausalLM"], "model_type": "olmo2", "torch_dtype": "float32",
        "vocab_size": 62, "hidden_size": 24, "intermediate_size": 32, "num_attention_heads": 4, "num_key_value_heads": 2,
        "rms_norm_eps": 1e-06, "tie_word_embeddings": False, "rope_theta": 500000.0, "attention_bias": False,
    },
    # OLMo 2 with a window in three of four layers, and YaRN in the others only; the keys of its published file.
    "olmo3-windows": {
        **_COMMON,
        "architectures": ["Olmo3ForCausalLM"], "model_type": "olmo3", "torch_dtype": "float32", "num_hidden_layers": 4,
        "vocab_size": 60, "hidden_size": 24, "intermediate_size": 16, "num_attention_heads": 4, "num_key_value_heads": 1,
        "rms_norm_eps": 1e-06, "tie_word_embeddings": False, "rope_theta": 500000.0, "attention_bias": False, "sliding_window": 4,
        "rope_scaling": {"rope_type": "yarn", "factor": 8.0, "original_max_position_embeddings": 64, "attention_factor": 1.2079441541679836, "beta_fast": 32, "beta_slow": 1},
    },
    # The first layer has a window of 4 and plain positions of its own theta, the second sees everything and divides
    # positions by 2; norms on q and k. What is as in the 4B model is left out, as in published files.
    "gemma3-two-rotations": {
        **_COMMON, "architectures": ["Gemma3ForCausalLM"], "model_type": "gemma3_text", "torch_dtype": "float32", "hidden_activation": "gelu_pytorch_tanh",
        "vocab_size": 62, "hidden_size": 24, "intermediate_size": 32, "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 12,
        "rms_norm_eps": 1e-06, "rope_theta": 50000.0, "rope_local_base_freq": 100.0, "rope_scaling": {"rope_type": "linear", "factor": 2.0},
        "query_pre_attn_scalar": 16, "sliding_window": 4, "sliding_window_pattern": 2,
    },
    # Norms after blocks, q and k normed by head, a window of 4 in the first layer and no rotation in the second.
    "exaone4-hybrid": {
        **_COMMON,
        "architectures": ["Exaone4ForCausalLM"], "model_type": "exaone4", "dtype": "float32",
        "vocab_size": 58, "hidden_size": 24, "intermediate_size": 32, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8,
        "rms_norm_eps": 1e-05, "tie_word_embeddings": True, "sliding_window": 4, "sliding_window_pattern": 2,
        "layer_types": ["sliding_attention", "full_attention"], "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0},
    },
    # Biases on q, k and v beside head_dim other than hidden size / heads.
    "seed-oss-bias": {
        **_COMMON,
        "architectures": ["SeedOssForCausalLM"], "model_type": "seed_oss", "dtype": "float32",
        "vocab_size": 56, "hidden_size": 24, "intermediate_size": 32, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8,
        "rms_norm_eps": 1e-06, "tie_word_embeddings": False, "rope_theta": 10000.0, "attention_bias": True, "attention_out_bias": False, "mlp_bias": False,
        "residual_dropout": 0.0,
    },
    # Every bias, under the names of the published file, and dynamic rope within its context.
    "internlm3-dynamic": {
        **_COMMON,
        "architectures": ["InternLM3ForCausalLM"], "model_type": "internlm3", "torch_dtype": "float32",
        "vocab_size": 54, "hidden_size": 24, "intermediate_size": 28, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 6,
        "rms_norm_eps": 1e-05, "tie_word_embeddings": False, "rope_theta": 10000.0, "qkv_bias": True, "bias": True,
        "rope_scaling": {"rope_type": "dynamic", "factor": 6.0},
    },
    # The first layer sees everything, the second a window of 4; keys of transformers 5.
    "ministral-mixed-windows": {
        **_COMMON, "architectures": ["MinistralForCausalLM"], "model_type": "ministral", "dtype": "float32",
        "vocab_size": 62, "hidden_size": 24, "intermediate_size": 36, "num_attention_heads": 3, "num_key_value_heads": 1, "head_dim": 12,
        "rms_norm_eps": 1e-05, "tie_word_embeddings": True, "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0},
        "sliding_window": 4, "layer_types": ["full_attention", "sliding_attention"],
    },
    # YaRN whose two scales cancel, and queries that grow beyond 64 positions.
    "ministral3-yarn": {
        **_COMMON, "architectures": ["Ministral3ForCausalLM"], "model_type": "ministral3", "dtype": "float32",
        "vocab_size": 60, "hidden_size": 24, "intermediate_size": 36, "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 12,
        "rms_norm_eps": 1e-05, "tie_word_embeddings": True, "sliding_window": None, "pad_token_id": 0,
        "rope_parameters": {"type": "yarn", "rope_type": "yarn", "rope_theta": 100.0, "factor": 4.0, "original_max_position_embeddings": 64,
                            "beta_fast": 32.0, "beta_slow": 1.0, "mscale": 1.0, "mscale_all_dim": 1.0, "llama_4_scaling_beta": 0.1},
    },
    # Granite's factors, gate and up in one matrix of another name; its class has room for experts and Mamba.
    "granite4-dense": {
        **_COMMON, "architectures": ["GraniteMoeHybridForCausalLM"], "model_type": "granitemoehybrid", "dtype": "float32",
        "vocab_size": 58, "hidden_size": 24, "intermediate_size": 512, "shared_intermediate_size": 32, "num_attention_heads": 2, "num_key_value_heads": 1,
        "rms_norm_eps": 1e-05, "tie_word_embeddings": True, "attention_bias": False, "layer_types": ["attention", "attention"],
        "num_local_experts": 0, "num_experts_per_tok": 0, "position_embedding_type": "rope", "rope_theta": 10000.0, "mamba_n_heads": 2, "mamba_d_head": 24, "mamba_expand": 2,
        "embedding_multiplier": 3.0, "residual_multiplier": 0.22, "attention_multiplier": 0.3, "logits_scaling": 1.5,
    },
}
