#!/usr/bin/env python3
"""Makes a small random model of each family, with the sample model's tokenizer: `random_models.py OUT [NAME...]`.

Needs Python with torch and transformers. Weights are seeded; a window or a layer pattern is short enough that the
prompts of consumers.ts cross it. The folders are what `MODELS` of `npm run test:consumers` names.
"""

import json
import shutil
import sys
from pathlib import Path

import torch
from transformers import AutoConfig, AutoModelForCausalLM

SAMPLE = Path(__file__).resolve().parents[2] / "native-models/sample/model"
SHAPE = {
    "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 4, "num_attention_heads": 4, "num_key_value_heads": 2,
    "head_dim": 16, "vocab_size": 640, "max_position_embeddings": 512, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0,
}
# model_type, then what differs from SHAPE.
MODELS = {
    "llama": ("llama", {}),
    "mistral": ("mistral", {"sliding_window": 512}),
    "qwen2": ("qwen2", {"head_dim": None}),
    "qwen3": ("qwen3", {}),
    "gemma": ("gemma", {}),
    "gemma2": ("gemma2", {"sliding_window": 8, "query_pre_attn_scalar": 16}),
    "gemma3": ("gemma3_text", {"sliding_window": 8, "query_pre_attn_scalar": 16, "num_hidden_layers": 6}),
    "granite": ("granite", {"head_dim": None, "embedding_multiplier": 6.0, "residual_multiplier": 0.4,
                            "attention_multiplier": 0.125, "logits_scaling": 4.0, "tie_word_embeddings": True}),
    "granite4": ("granitemoehybrid", {
        "head_dim": None, "shared_intermediate_size": 96, "layer_types": ["full_attention"] * 4, "num_local_experts": 0,
        "num_experts_per_tok": 0, "position_embedding_type": "rope", "mamba_n_heads": 4, "mamba_d_head": 32, "tie_word_embeddings": True,
        "embedding_multiplier": 6.0, "residual_multiplier": 0.4, "attention_multiplier": 0.125, "logits_scaling": 4.0}),
    "smollm3": ("smollm3", {"head_dim": None}),
    "phi3": ("phi3", {"head_dim": None, "sliding_window": None}),
    "olmo2": ("olmo2", {"head_dim": None}),
    "olmo3": ("olmo3", {"head_dim": None, "sliding_window": 8}),
    "exaone4": ("exaone4", {"head_dim": None, "sliding_window": None}),
    "seed_oss": ("seed_oss", {}),
    "stablelm": ("stablelm", {"head_dim": None, "partial_rotary_factor": 0.5}),
    "starcoder2": ("starcoder2", {"head_dim": None, "sliding_window": None}),
    "phi": ("phi", {"head_dim": None, "partial_rotary_factor": 0.5}),
    "ministral": ("ministral", {"sliding_window": 512, "layer_types": ["full_attention", "sliding_attention"] * 2}),
    "ministral3": ("ministral3", {"rope_parameters": {
        "rope_type": "yarn", "rope_theta": 1000000.0, "factor": 4.0, "original_max_position_embeddings": 128,
        "beta_fast": 32.0, "beta_slow": 1.0, "mscale": 1.0, "mscale_all_dim": 1.0, "llama_4_scaling_beta": 0.1}}),
}


def make(name, out):
    model_type, changes = MODELS[name]
    shape = {key: value for key, value in {**SHAPE, **changes}.items() if value is not None}
    config = AutoConfig.for_model(model_type, **shape)
    generator = torch.Generator().manual_seed(sum(name.encode()))
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    offset = 0 if not model_type.startswith("gemma") else 1
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            # Attention that looks somewhere: with flat scores an error in them would not change an answer.
            std = 0.5 if any(part in key for part in ["q_proj", "k_proj", "qkv_proj"]) else 0.2
            parameter.copy_(1 - offset + 0.2 * noise if key.endswith("norm.weight") else std * noise)
    folder = Path(out) / name
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    for file in ["tokenizer.json", "tokenizer_config.json"]:
        shutil.copy(SAMPLE / file, folder / file)
    written = json.loads((folder / "config.json").read_text())
    print(folder, written["model_type"], written["architectures"])


if __name__ == "__main__":
    for name in sys.argv[2:] or MODELS:
        make(name, sys.argv[1])
