"""Reads exports as other people do: transformers, PEFT, ONNX Runtime and gguf-py. JSON in on stdin, JSON out on stdout.

In: {"messages": [[...]], "maxNewTokens": n, "base": DIR, "safetensors": DIR, "peft": DIR or null, "onnx": DIR, "gguf": FILE or null}
Out: {consumer: {"prompts": [[id]], "answers": [[id]]}}, and "gguf": the special tokens as gguf-py reads them.
"""
import json
import sys

import numpy
import onnxruntime
import torch
from gguf import GGUFReader
from peft import PeftModel
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, GenerationConfig

task = json.load(sys.stdin)
result = {}


def prompts(folder):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    return [tokenizer.apply_chat_template(m, add_generation_prompt=True, return_dict=True)["input_ids"] for m in task["messages"]]


def answers(model, ids):
    given = torch.tensor([ids])
    made = model.generate(input_ids=given, attention_mask=torch.ones_like(given), max_new_tokens=task["maxNewTokens"], do_sample=False, temperature=None, top_p=None, top_k=None)
    return made[0, len(ids):].tolist()


def load(folder):
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()


made = prompts(task["safetensors"])
model = load(task["safetensors"])
result["transformers"] = {"prompts": made, "answers": [answers(model, ids) for ids in made]}

if task["peft"] is not None:
    made = prompts(task["peft"])
    model = PeftModel.from_pretrained(load(task["base"]), task["peft"]).eval()
    result["PEFT"] = {"prompts": made, "answers": [answers(model, ids) for ids in made]}


def greedy(session, config, ends, ids):
    heads = config.num_key_value_heads
    width = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    cache = {f"past_key_values.{n}.{part}": numpy.zeros((1, heads, 0, width), numpy.float32) for n in range(config.num_hidden_layers) for part in ("key", "value")}
    names = [output.name for output in session.get_outputs()]
    step, seen, out = list(ids), 0, []
    while len(out) < task["maxNewTokens"]:
        feeds = {"input_ids": numpy.array([step], numpy.int64), "attention_mask": numpy.ones((1, seen + len(step)), numpy.int64), "position_ids": numpy.arange(seen, seen + len(step), dtype=numpy.int64)[None], **cache}
        outputs = dict(zip(names, session.run(None, feeds)))
        seen += len(step)
        cache = {name.replace("present", "past_key_values"): value for name, value in outputs.items() if name != "logits"}
        step = [int(outputs["logits"][0, -1].argmax())]
        out += step
        if step[0] in ends:
            break
    return out


made = prompts(task["onnx"])
config = AutoConfig.from_pretrained(task["onnx"])
try:
    ends = GenerationConfig.from_pretrained(task["onnx"]).eos_token_id
except OSError:
    ends = config.eos_token_id
session = onnxruntime.InferenceSession(task["onnx"] + "/onnx/model.onnx", providers=["CPUExecutionProvider"])
ends = ends if isinstance(ends, list) else [ends]
result["ONNX Runtime"] = {"prompts": made, "answers": [greedy(session, config, ends, ids) for ids in made]}

fields = GGUFReader(task["gguf"]).fields if task["gguf"] else {}
result["gguf"] = None if not fields else {name: int(fields[key].contents()) for name in ("bos", "eos", "padding") if (key := f"tokenizer.ggml.{name}_token_id") in fields}
json.dump(result, sys.stdout)
