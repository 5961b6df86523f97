#!/usr/bin/env python3
"""Makes the golden fixtures: tiny random decoders and what PyTorch, transformers and PEFT compute with them.

Needs Python with torch, transformers 5, peft and safetensors (CPU is enough); nothing else of this project does.
Run `python3 test/golden/make_fixtures.py` from anywhere; it rewrites models/, adapters/ and expected/ beside it, of the
models named as arguments or of all.
Everything is seeded; the versions that made the files are in each expected file under "versions".

Formulas (all in float64, model by model in eager attention, each sequence alone and unpadded):

    logp(prompt, response) = sum over response tokens t of log_softmax(logits[t - 1])[id_t]      response = chosen or rejected
    h_i     = (logp_chosen_i - ref_chosen_i) - (logp_rejected_i - ref_rejected_i)
    margin_i = delta if chosen is safe and rejected is unsafe, else 0                            delta is outside beta
    loss_i  = -log sigmoid(beta * h_i - margin_i)
    loss    = mean of loss_i over the pairs; every gradient here is the gradient of this mean

The reference logps are numbers fixed from the start: the start model's own (adapters off) plus a fixed offset a pair,
so that h is not zero. Full training and LoRA training use the same reference.

LoRA: y = W x + (alpha / rank) * B (A x), on every linear layer of every block, A and B random and both non-zero.

One optimiser step on the whole batch of pairs (torch.optim.AdamW and clip_grad_norm_), step = 1, 2, ...:

    norm = sqrt(sum of g^2 over all trained tensors);  g = g * min(1, maxGradNorm / (norm + 1e-6))
    p = p - lr * weightDecay * p;  m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2
    p = p - lr * (m / (1 - b1^step)) / (sqrt(v / (1 - b2^step)) + eps)

"losses" holds the loss before each step, "finalLoss" the loss after the last one, "gradNorms" the norm before clipping.

transformers computes RMSNorm, softmax and RoPE in float32 even in a float64 model. `true_float64` replaces that, so the
numbers are exact to about 1e-14; the script checks that the unpatched model agrees to 1e-4 and prints by how much.
"""

import base64
import json
import math
import shutil
import sys
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

import numpy
import peft
import torch
import transformers
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModelForCausalLM

from model_configs import CONFIGS

HERE = Path(__file__).resolve().parent
BETA, DELTA = 0.1, 2.0
RANK, ALPHA = 2, 4
TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
FUSED_TARGETS = ["qkv_proj", "o_proj", "gate_up_proj", "down_proj"]
OPTIMIZER = {"beta1": 0.9, "beta2": 0.95, "epsilon": 1e-8, "maxGradNorm": 1.0, "steps": 10}
FULL = {**OPTIMIZER, "learningRate": 1e-3, "weightDecay": 0.0}
LORA = {**OPTIMIZER, "learningRate": 1e-2, "weightDecay": 0.05}
# (prompt, chosen, rejected) lengths, (chosenUnsafe, rejectedUnsafe), offsets on the reference logps.
PAIRS = [((5, 4, 7), (False, False), (0.3, -0.2)), ((3, 6, 2), (False, True), (-0.4, 0.1)), ((9, 3, 5), (False, True), (0.25, 0.5))]
VERSIONS = {"python": sys.version.split()[0], "torch": torch.__version__, "transformers": transformers.__version__, "peft": peft.__version__}


@contextmanager
def true_float64(model_type):
    """Lets the modelling code find float64 where it says torch.float32, so nothing is rounded on the way."""

    class Widened:
        float32 = float = torch.float64

        def __getattr__(self, name):
            return getattr(torch, name)

    model_type = {"internlm3": "llama"}.get(model_type, model_type.removesuffix("_text"))
    modules = [import_module(f"transformers.models.{model_type}.modeling_{model_type}"), import_module("transformers.modeling_rope_utils")]
    for module in modules:
        module.torch = Widened()
    try:
        yield
    finally:
        for module in modules:
            module.torch = torch


def targets_of(name):
    own = {
        "phi3": FUSED_TARGETS, "starcoder2": [*TARGETS[:4], "c_fc", "c_proj"], "phi": [*TARGETS[:3], "dense", "fc1", "fc2"],
        "granitemoehybrid": [*TARGETS[:4], "input_linear", "output_linear"],
    }
    return own.get(CONFIGS[name]["model_type"], TARGETS)


def load(name, dtype=torch.float64):
    model = AutoModelForCausalLM.from_pretrained(HERE / "models" / name, dtype=dtype, attn_implementation="eager")
    rotary = model.model.rotary_emb
    if dtype == torch.float64:  # from_pretrained may have rounded the frequencies
        by_type = rotary.rope_type if isinstance(rotary.rope_type, dict) else {None: rotary.rope_type}
        for layer_type, rope_type in by_type.items():
            make = rotary.compute_default_rope_parameters
            if rope_type != "default":
                make = transformers.modeling_rope_utils.ROPE_INIT_FUNCTIONS[rope_type]
            frequencies = make(rotary.config, **({"layer_type": layer_type} if layer_type else {}))[0].to(dtype)
            prefix = f"{layer_type}_" if layer_type else ""
            setattr(rotary, f"{prefix}inv_freq", frequencies)
            setattr(rotary, f"{prefix}original_inv_freq", frequencies)
    return model.eval()


def write_model(name, generator):
    """A random model in float32; norms that multiply by about 1, biases around 0, weights large enough for lively gradients."""
    folder = HERE / "models" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(CONFIGS[name], indent=2) + "\n")
    config = AutoConfig.from_pretrained(folder)
    tensors = {}
    center = 0 if config.model_type.startswith("gemma") else 1  # Gemma stores a norm's distance from one
    for key, parameter in AutoModelForCausalLM.from_config(config).named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        std = 0.5 if "embed" in key else 0.25
        tensors[key] = center + 0.3 * noise if key.endswith("norm.weight") else std * noise
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def make_pairs(vocabulary_size, generator):
    def ids(count):
        return torch.randint(3, vocabulary_size, (count,), generator=generator).tolist()

    return [
        {"prompt": ids(p), "chosen": ids(c), "rejected": ids(r), "chosenUnsafe": unsafe[0], "rejectedUnsafe": unsafe[1]}
        for (p, c, r), unsafe, _ in PAIRS
    ]


def logits_of(model, ids):
    return model(input_ids=torch.tensor([ids])).logits[0]


def logp(model, prompt, response):
    rows = torch.log_softmax(logits_of(model, prompt + response)[len(prompt) - 1 : -1], dim=-1)
    return rows.gather(1, torch.tensor(response)[:, None]).sum()


def pair_logps(model, pairs):
    return [(logp(model, pair["prompt"], pair["chosen"]), logp(model, pair["prompt"], pair["rejected"])) for pair in pairs]


def safedpo_losses(logps, reference, pairs):
    losses = []
    for (chosen, rejected), (ref_chosen, ref_rejected), pair in zip(logps, reference, pairs):
        h = (chosen - ref_chosen) - (rejected - ref_rejected)
        margin = DELTA if pair["rejectedUnsafe"] and not pair["chosenUnsafe"] else 0.0
        losses.append(-torch.nn.functional.logsigmoid(BETA * h - margin))
    return torch.stack(losses)


def encode(tensor):
    """A tensor as {shape, data}: little-endian float32, row by row, base64."""
    data = tensor.detach().cpu().numpy().astype("<f4")
    return {"shape": list(data.shape), "data": base64.b64encode(data.tobytes()).decode()}


def train(model, pairs, reference, settings):
    """Gradients of the start, then the losses of the steps. Adapter names as PEFT saves them (without `.default`)."""
    trained = {key.replace(".default", ""): p for key, p in model.named_parameters() if p.requires_grad}
    logps = pair_logps(model, pairs)
    losses = safedpo_losses(logps, reference, pairs)
    losses.mean().backward()
    result = {
        "logps": {"chosen": [c.item() for c, _ in logps], "rejected": [r.item() for _, r in logps]},
        "pairLosses": losses.tolist(),
        "loss": losses.mean().item(),
        "gradients": {key: encode(p.grad) for key, p in trained.items()},
    }
    optimizer = torch.optim.AdamW(trained.values(), lr=settings["learningRate"], betas=(settings["beta1"], settings["beta2"]),
                                  eps=settings["epsilon"], weight_decay=settings["weightDecay"])
    history, norms = [], []
    for _ in range(settings["steps"]):
        optimizer.zero_grad()
        loss = safedpo_losses(pair_logps(model, pairs), reference, pairs).mean()
        loss.backward()
        norms.append(float(torch.nn.utils.clip_grad_norm_(trained.values(), settings["maxGradNorm"])))
        history.append(float(loss.detach()))
        optimizer.step()
    final = float(safedpo_losses(pair_logps(model, pairs), reference, pairs).mean().detach())
    return {**result, "optimizer": {**settings, "losses": history, "gradNorms": norms, "finalLoss": final}}


def with_adapter(model, name, generator):
    """The model with a random adapter, which is also written as a PEFT folder (float32, so the float64 run is exact)."""
    lora = get_peft_model(model, LoraConfig(r=RANK, lora_alpha=ALPHA, target_modules=targets_of(name), lora_dropout=0.0, task_type="CAUSAL_LM"))
    for key, parameter in lora.named_parameters():
        if "lora_" in key:
            noise = torch.randn(parameter.shape, generator=generator) * (0.3 if "lora_A" in key else 0.1)
            parameter.data = noise.to(parameter.dtype)
    folder = HERE / "adapters" / name
    shutil.rmtree(folder, ignore_errors=True)
    lora.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)  # an empty card with this machine's path in it
    config = json.loads((folder / "adapter_config.json").read_text())
    config.update(base_model_name_or_path=f"models/{name}", target_modules=targets_of(name))
    (folder / "adapter_config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
    tensors = {key.replace(".default", ""): p.detach().float().contiguous() for key, p in lora.named_parameters() if "lora_" in key}
    save_file(tensors, folder / "adapter_model.safetensors", metadata={"format": "pt"})
    return lora


def float32_check(name, pairs, reference, expected):
    """How far plain float32 transformers is from the fixture: what a float32 engine can be asked to reach."""
    model = load(name, torch.float32)
    run = train(model, pairs, reference, FULL)
    worst = 0.0
    for key, value in expected["gradients"].items():
        want, got = (numpy.frombuffer(base64.b64decode(x["data"]), "<f4") for x in (value, run["gradients"][key]))
        worst = max(worst, float(abs(want - got).max() / abs(want).max()))
    steps = max(abs(a - b) / abs(b) for a, b in zip(run["optimizer"]["losses"], expected["optimizer"]["losses"]))
    print(f"{name}: float32 gradients within {worst:.1e} of max|g|, losses of 10 steps within {steps:.1e} relative")


def make(name, seed):
    generator = torch.Generator().manual_seed(seed)
    write_model(name, generator)
    config = CONFIGS[name]
    pairs = make_pairs(config["vocab_size"], generator)
    sequence = pairs[0]["prompt"] + pairs[0]["rejected"]
    with true_float64(config["model_type"]):
        with torch.no_grad():
            own = [(float(c), float(r)) for c, r in pair_logps(load(name), pairs)]
            logits = logits_of(load(name), sequence)
        reference = [(c + offset[0], r + offset[1]) for (c, r), (_, _, offset) in zip(own, PAIRS)]
        full = train(load(name), pairs, reference, FULL)
        with torch.no_grad():
            merged = with_adapter(load(name), name, torch.Generator().manual_seed(seed + 1)).merge_and_unload()
            merged_logits = logits_of(merged, sequence)
        lora = train(with_adapter(load(name), name, torch.Generator().manual_seed(seed + 1)), pairs, reference, LORA)
    unpatched = logits_of(load(name), sequence)
    assert torch.allclose(unpatched, logits, atol=1e-4), "the float64 patch changed the model"
    print(f"{name}: unpatched transformers differ by {float((unpatched - logits).abs().max()):.1e} in the logits")
    float32_check(name, pairs, reference, full)
    expected = {
        "versions": VERSIONS, "seed": seed, "beta": BETA, "delta": DELTA, "pairs": pairs,
        "reference": {"chosen": [c for c, _ in reference], "rejected": [r for _, r in reference]},
        "start": {"chosen": [c for c, _ in own], "rejected": [r for _, r in own]},
        "sequence": {"ids": sequence, "logits": logits.tolist(), "mergedLogits": merged_logits.tolist()},
        "full": full,
        "lora": {"rank": RANK, "alpha": ALPHA, "targets": targets_of(name), **lora},
    }
    (HERE / "expected" / f"{name}.json").write_text(json.dumps(expected, indent=1) + "\n")


def make_safedpo_values():
    """The loss and its slope from logps alone: one pair at several delta, and the four label cases of the transform."""
    logps = {"chosen": -10.0, "referenceChosen": -12.0, "rejected": -15.0, "referenceRejected": -14.0}
    h = (logps["chosen"] - logps["referenceChosen"]) - (logps["rejected"] - logps["referenceRejected"])

    def value(h, delta):
        z = BETA * h - delta
        return {"loss": math.log1p(math.exp(-z)), "slope": -BETA / (1 + math.exp(z))}

    cases = [{"delta": delta, **value(h, delta)} for delta in (0, 2, 5, 10, 20)]
    labels = [  # winner and loser by helpfulness; a swap turns h around
        {"winnerUnsafe": False, "loserUnsafe": False, "transform": "keptSafeSafe", **value(h, 0)},
        {"winnerUnsafe": False, "loserUnsafe": True, "transform": "keptSafeUnsafe", **value(h, DELTA)},
        {"winnerUnsafe": True, "loserUnsafe": False, "transform": "swapped", **value(-h, DELTA)},
        {"winnerUnsafe": True, "loserUnsafe": True, "transform": "dropped"},
    ]
    values = {"beta": BETA, "logps": logps, "h": h, "safeUnsafe": cases, "labelCases": {"delta": DELTA, "cases": labels}}
    (HERE / "expected" / "safedpo.json").write_text(json.dumps(values, indent=1) + "\n")


if __name__ == "__main__":
    torch.set_num_threads(1)
    transformers.utils.logging.disable_progress_bar()
    (HERE / "expected").mkdir(exist_ok=True)
    # Gemma's norms round to float32 by a method that `true_float64` does not reach.
    for model_type, norm in [("gemma", "GemmaRMSNorm"), ("gemma2", "Gemma2RMSNorm"), ("gemma3", "Gemma3RMSNorm")]:
        getattr(import_module(f"transformers.models.{model_type}.modeling_{model_type}"), norm).forward = (
            lambda self, x: x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps) * (1.0 + self.weight))
    # Names on the command line make only those again; seeds follow the order in the table.
    for index, name in enumerate(CONFIGS):
        if name in (sys.argv[1:] or CONFIGS):
            make(name, seed=2500 + 10 * index)
    make_safedpo_values()
