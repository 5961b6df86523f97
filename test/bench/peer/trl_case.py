"""LoRA DPO steps with TRL's DPOTrainer and PEFT on a model folder and a file of token ids: the peer's side of `peer.ts`.

Needs torch, transformers, trl, peft and datasets. Reference log-probabilities are computed before the steps that are
timed (`precompute_ref_log_probs`), as ours are. Prints one JSON document (see `PeerResult` in peer-case.ts).
"""
import json
import resource
import sys
import tempfile
import time

import peft
import torch
import transformers
import trl
from datasets import Dataset
from peft import LoraConfig, set_peft_model_state_dict
from safetensors.torch import load_file
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast, TrainerCallback
from trl import DPOConfig, DPOTrainer

case = json.loads(sys.argv[1])
torch.set_num_threads(case["threads"])
on_gpu = case["provider"] == "cuda"
half = case["precision"] == "bfloat16"
if case["precision"] not in ("float32", "bfloat16"):
    sys.exit("the peer runs in float32 and bfloat16 only")
pairs = json.load(open(case["pairsFile"]))
model = AutoModelForCausalLM.from_pretrained(case["model"], dtype=torch.bfloat16 if half else torch.float32)
if on_gpu:
    model = model.cuda()

# A vocabulary of one word a token, so that text stands for exactly the ids of the file; the last id ends a response.
size = model.config.vocab_size
end = f"t{pairs[0]['chosen'][-1]}"
words = Tokenizer(models.WordLevel({f"t{i}": i for i in range(size)}, unk_token="t0"))
words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, eos_token=end, pad_token=end)
text = lambda ids: " ".join(f"t{i}" for i in ids)
rows = [{"prompt": text(p["prompt"]), "chosen": " " + text(p["chosen"][:-1]), "rejected": " " + text(p["rejected"][:-1])} for p in pairs]


class Timer(TrainerCallback):
    def __init__(self):
        self.seconds, self.logs = [], []

    def on_step_begin(self, args, state, control, **kwargs):
        if on_gpu:
            torch.cuda.synchronize()
        self.start = time.perf_counter()

    def on_step_end(self, args, state, control, **kwargs):
        if on_gpu:
            torch.cuda.synchronize()
        self.seconds.append(time.perf_counter() - self.start)

    def on_log(self, args, state, control, logs=None, **kwargs):
        if "loss" in logs:
            self.logs.append(logs)


timer = Timer()
config = DPOConfig(
    output_dir=tempfile.mkdtemp(), per_device_train_batch_size=case["pairsPerStep"], max_steps=case["steps"], learning_rate=1e-5, beta=0.1,
    lr_scheduler_type="constant", warmup_steps=0, logging_steps=1, logging_first_step=True, report_to=[], save_strategy="no", use_cpu=not on_gpu, bf16=half, fp16=False,
    gradient_checkpointing=case["keptLayers"] != "all", precompute_ref_log_probs=True, max_length=None, optim="adamw_torch", disable_tqdm=True,
    max_grad_norm=1.0, dataloader_num_workers=0, dataloader_pin_memory=False,
)
lora = LoraConfig(r=16, lora_alpha=32, lora_dropout=0.0, target_modules="all-linear", task_type="CAUSAL_LM")
trainer = DPOTrainer(model=model, args=config, train_dataset=Dataset.from_list(rows), processing_class=tokenizer, peft_config=lora, callbacks=[timer])
set_peft_model_state_dict(trainer.model, load_file(case["adapterFile"]))
trainer._get_train_sampler = lambda *args, **kwargs: torch.utils.data.SequentialSampler(trainer.train_dataset)
trainer.train()
peak = torch.cuda.max_memory_reserved() if on_gpu else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
tokens = sum(2 * len(p["prompt"]) + len(p["chosen"]) + len(p["rejected"]) for p in pairs[: case["pairsPerStep"] * case["steps"]]) / case["steps"]
print("\n" + json.dumps({
    "secondsPerStep": timer.seconds, "losses": [log["loss"] for log in timer.logs],
    "firstChosenLogp": timer.logs[0]["logps/chosen"], "firstRejectedLogp": timer.logs[0]["logps/rejected"],
    "peakMemoryBytes": peak, "tokensPerStep": tokens,
    "versions": {"torch": torch.__version__, "transformers": transformers.__version__, "trl": trl.__version__, "peft": peft.__version__},
}))
