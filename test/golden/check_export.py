#!/usr/bin/env python3
"""Does Hugging Face transformers compute from an exported folder what this project computed?

Needs Python with torch and transformers; the product itself needs neither.

    python3 test/golden/check_export.py MODEL_DIR LOGITS.json [--adapter ADAPTER_DIR] [--tolerance 1e-4]

LOGITS.json is {"ids": [token ids], "logits": [[one row of numbers a position]]}, our side of the comparison.
Loads the folder in float32 with eager attention, prints the largest absolute difference and where it is,
and exits 1 if it is above the tolerance. With --adapter, a PEFT folder is put on the model first (needs peft).
"""

import argparse
import json
import sys

import torch
from transformers import AutoModelForCausalLM


def main():
    parser = argparse.ArgumentParser(description="Compare the logits of an exported model folder with ours.")
    parser.add_argument("model")
    parser.add_argument("logits")
    parser.add_argument("--adapter")
    parser.add_argument("--tolerance", type=float, default=1e-4)
    options = parser.parse_args()
    with open(options.logits, encoding="utf-8") as file:
        ours = json.load(file)
    model = AutoModelForCausalLM.from_pretrained(options.model, dtype=torch.float32, attn_implementation="eager", local_files_only=True)
    if options.adapter:
        from peft import PeftModel

        model = PeftModel.from_pretrained(model, options.adapter)
    with torch.no_grad():
        theirs = model.eval()(input_ids=torch.tensor([ours["ids"]])).logits[0].double()
    expected = torch.tensor(ours["logits"], dtype=torch.float64)
    if expected.shape != theirs.shape:
        sys.exit(f"shapes differ: transformers {tuple(theirs.shape)}, ours {tuple(expected.shape)}")
    difference = (theirs - expected).abs()
    position, token = divmod(int(difference.argmax()), difference.shape[1])
    print(f"max abs diff {float(difference.max()):.3e} at position {position}, token {token}; {len(ours['ids'])} positions, {difference.shape[1]} tokens")
    if not difference.max() <= options.tolerance:
        sys.exit(1)


if __name__ == "__main__":
    main()
