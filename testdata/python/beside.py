#!/usr/bin/env python3
"""Loads what xpt writes into Python's tools, and compares: beside.py XPT [CHECKPOINT]

    pip install torch transformers peft pandas safetensors sentencepiece

XPT is bin/xpt. CHECKPOINT is by default that of ../mini. The parts between lines of dashes are those that docs/python.md shows.
Exit status 1 where Python's numbers are not xpt's: probabilities and hidden states within 1e-5, accuracies exactly.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import warnings

warnings.filterwarnings("ignore")
XPT = os.path.abspath(sys.argv[1])
HERE = pathlib.Path(__file__).resolve().parent
CHECKPOINT = os.path.abspath(sys.argv[2]) if len(sys.argv) > 2 else str(HERE.parent / "mini" / "checkpoint")
TEXTS = ["The team won the match.", "Morgen regnet es im Norden."]


def xpt(*args, **more):
    return subprocess.run([XPT, *args], check=True, stdout=subprocess.PIPE, text=True, **more).stdout


def scores(run):
    """xpt's probabilities of TEXTS: a list of {label: probability}."""
    return [json.loads(line)["scores"] for line in xpt("predict", run, "--text", "texts.txt", "--dtype", "float32", "--json").splitlines()]


def close(what, got, want, tolerance=1e-5):
    difference = max(abs(float(a) - float(b)) for a, b in zip(got, want, strict=True))
    print(f"{what}: largest difference {difference:.1e}")
    if difference > tolerance:
        sys.exit(f"{what}: more than {tolerance}")


os.chdir(tempfile.mkdtemp())
pathlib.Path("texts.txt").write_text("".join(t + "\n" for t in TEXTS))
xpt("data", "--init", "mytask")
train = ["train", "--checkpoint", CHECKPOINT, "--task", "classification", "--data", "mytask", "--dtype", "float32", "--epochs", "4", "--batch-size", "4"]
for method in "prefix", "lora", "full":
    xpt(*train, "--method", method, "--out", method)
xpt("convert", "prefix", "prefix-adapter", "--to", "peft")
xpt("convert", "lora", "lora-adapter", "--to", "peft")
xpt("convert", "full", "tuned", "--to", "hf")
report = json.loads(xpt("eval", "full", "--data", "mytask", "--dtype", "float32", "--predictions", "predictions", "--json"))
xpt("embed", "--checkpoint", CHECKPOINT, "--text", "texts.txt", "--pool", "mean", "--dtype", "float32", "--out", "vectors.safetensors")


# ---- an adapter with PEFT
import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoModel, AutoTokenizer


def with_adapter(checkpoint, adapter, labels):
    base = AutoModel.from_pretrained(checkpoint, dtype=torch.float32)
    base.classifier = torch.nn.Linear(base.config.d_model, labels)  # HF has no class with this head; PEFT loads its weights
    return PeftModel.from_pretrained(base, adapter).eval()


def probabilities(model, ids):
    with torch.no_grad():
        last = model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state[0, -1]
        return model.classifier(last).softmax(-1).tolist()
# ----


def encode(text):
    """Ids [1, T]. Without tokenizer.json transformers 5 reads no vocabulary of a checkpoint, and makes every piece <unk>."""
    if os.path.exists(CHECKPOINT + "/tokenizer.json"):
        return AutoTokenizer.from_pretrained(CHECKPOINT)(text, return_tensors="pt").input_ids
    return torch.tensor([json.loads(xpt("tokenize", "--tokenizer", CHECKPOINT, "--special", "--json", input=text))["ids"]])


labels = sorted(["sport", "weather"])  # of data of your own, sorted: xpt inspect prefix shows them
for method in "prefix", "lora":
    model = with_adapter(CHECKPOINT, f"{method}-adapter", len(labels))
    for text, want in zip(TEXTS, scores(method)):
        close(f"{method}, PEFT", probabilities(model, encode(text)), [want[label] for label in labels])

# ---- a tuned checkpoint with transformers
model = AutoModel.from_pretrained("tuned", dtype=torch.float32).eval()
head = load_file("tuned/task_head.safetensors")
model.classifier = torch.nn.Linear(*reversed(head["classifier.weight"].shape))
model.classifier.load_state_dict({"weight": head["classifier.weight"], "bias": head["classifier.bias"]})
# ----
for text, want in zip(TEXTS, scores("full")):
    close("full, transformers", probabilities(model, encode(text)), [want[label] for label in labels])

# ---- predictions with pandas
import pandas

test = pandas.concat(pandas.read_json(path, lines=True).assign(language=path.stem.removeprefix("test-"))
                     for path in pathlib.Path("predictions/full").glob("test-*.jsonl"))
accuracy = (test.gold == test.predicted).groupby(test.language).mean()
wrong = test[test.gold != test.predicted][["file", "line", "text", "gold", "predicted"]]
# ----
xpts = {row["language"]: row["scores"][0]["value"] for row in report[0]["languages"]}
close("accuracy, pandas", accuracy[list(xpts)], xpts.values(), 0)
assert len(wrong) == sum(test.gold != test.predicted)

# ---- hidden states with safetensors
from safetensors.numpy import load_file as load_arrays

vectors = load_arrays("vectors.safetensors")  # "1.hidden" is that of the first line, [d]
# ----
plain = AutoModel.from_pretrained(CHECKPOINT, dtype=torch.float32).eval()
for i, text in enumerate(TEXTS):
    with torch.no_grad():
        hidden = plain(input_ids=encode(text)).last_hidden_state[0]
    close("mean hidden state, transformers", vectors[f"{i + 1}.hidden"], hidden.mean(0))
print("all as xpt has it")
