#!/usr/bin/env python3
"""Checks what xpt trains by LoRA against PEFT: verify.py XPT [CHECKPOINT]

CHECKPOINT is by default that of ../mini. Runs are trained on a few sentences, with a head and as language models, exported to PEFT adapters and merged into checkpoints. PEFT must load the adapters with every tensor and none too many, and give
the hidden states that xpt embed gives with the run, with the adapter, and from the merged checkpoint, within 1e-5 in float32. Weights
merged by PEFT in float32 are compared with xpt's, and adapters that PEFT saves again with those that xpt wrote. Prints the largest
errors, max |a - b| / max |b|; the exit status is 1 where one is larger. In half types the root mean square of all errors against PEFT in
float32 stands beside that of PEFT's own in that type, of which it may be 1.1 times.
"""
import os, pathlib, subprocess, sys, tempfile, warnings

import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import XGLMForCausalLM, XGLMModel
from transformers.utils import logging

warnings.filterwarnings("ignore")
logging.set_verbosity_error()
logging.disable_progress_bar()
HERE = pathlib.Path(__file__).resolve().parent
XPT = sys.argv[1]
CHECKPOINT = sys.argv[2] if len(sys.argv) > 2 else str(HERE.parent / "mini" / "checkpoint")
TAGGED = "the DET\ncat NOUN\nsleeps VERB\n\na DET\ndog NOUN\neats VERB\n. PUNCT\n\n".replace(" ", "\t")
KINDS = {
    "defaults": [],
    "rslora": ["--lora-rs", "--lora-rank", "4", "--lora-alpha", "16", "--lora-dropout", "0.1", "--lora-targets", "all-linear", "--lora-bias", "all"],
    "biases": ["--lora-targets", "k_proj,fc2", "--lora-bias", "lora_only"],
}
worst = {}
squares = {}  # by type: of xpt's errors, of PEFT's


def xpt(*args):
    subprocess.run([XPT, *args], check=True, stdout=subprocess.DEVNULL)


def compare(what, got, want):
    assert got.shape == want.shape, (what, got.shape, want.shape)
    worst[what] = max(worst.get(what, 0), ((got - want).abs().max() / want.abs().max()).item())


def check(kind, flags, task, folder):
    at = lambda name: os.path.join(folder, f"{kind}-{task}-{name}")
    xpt("train", "--checkpoint", CHECKPOINT, "--task", task, "--method", "lora", "--data", os.path.join(folder, task), "--out", at("run"), "--dtype", "float32",
        "--learning-rate", "1e-2", "--steps", "10", "--batch-size", "2", *flags)
    xpt("convert", at("run"), at("peft"), "--to", "peft")
    xpt("convert", at("run"), at("hf"), "--to", "hf", "--dtype", "float32")
    base = (XGLMForCausalLM if task == "lm" else XGLMModel).from_pretrained(CHECKPOINT, dtype=torch.float32)
    trained = load_file(at("run") + "/best.safetensors")
    if task != "lm":
        base.classifier = torch.nn.Linear(base.config.d_model, len(trained["classifier.bias"]))
    model = PeftModel.from_pretrained(base, at("peft")).eval()
    found = {n.removeprefix("base_model.model.").replace(".default", "").replace(".base_layer", "").replace(".modules_to_save", ""): p
             for n, p in model.named_parameters() if "original_module" not in n}
    for name, tensor in trained.items():
        assert torch.equal(found[name if task == "lm" or name.startswith("classifier") else name.removeprefix("model.")], tensor), (kind, task, name)
    gen = torch.Generator().manual_seed(1)
    rows = [torch.cat([torch.tensor([2]), torch.randint(4, base.config.vocab_size, (n - 1,), generator=gen)]) for n in (3, 17, 9, 30)]
    with open(at("ids.jsonl"), "w") as f:
        for i, row in enumerate(rows):
            f.write(f'{{"id": "{i}", "input_ids": {row.tolist()}}}\n')
    ways = {"run": ["--adapter", at("run")], "adapter": ["--checkpoint", CHECKPOINT, "--adapter", at("peft")], "merged": ["--checkpoint", at("hf")]}
    said = {}
    for way, args in ways.items():
        xpt("embed", "--ids", at("ids.jsonl"), "--layers", "last", "--dtype", "float32", "--out", at(way + ".safetensors"), *args)
        said[way] = load_file(at(way + ".safetensors"))
    for i, row in enumerate(rows):
        with torch.no_grad():
            hidden = model(input_ids=row[None], output_hidden_states=True).hidden_states[-1][0]
        for way in ways:
            compare(f"hidden states, {way}", said[way][f"{i}.hidden"], hidden)
    for dtype in "bfloat16", "float16":
        half = (XGLMForCausalLM if task == "lm" else XGLMModel).from_pretrained(CHECKPOINT, dtype=getattr(torch, dtype))
        if task != "lm":
            half.classifier = torch.nn.Linear(base.config.d_model, len(trained["classifier.bias"]))
        half = PeftModel.from_pretrained(half, at("peft")).eval()
        xpt("embed", "--ids", at("ids.jsonl"), "--layers", "last", "--dtype", dtype, "--out", at(dtype), *ways["adapter"])
        got = load_file(at(dtype))
        for i, row in enumerate(rows):
            with torch.no_grad():
                want, theirs = (m(input_ids=row[None], output_hidden_states=True).hidden_states[-1][0].float() for m in (model, half))
            for side, states in enumerate((got[f"{i}.hidden"], theirs)):
                squares.setdefault(dtype, [0, 0])[side] += (states - want).square().sum().item()
    model.save_pretrained(at("again"))
    ours, again = load_file(at("peft") + "/adapter_model.safetensors"), load_file(at("again") + "/adapter_model.safetensors")
    again = {n: t for n, t in again.items() if ".modules_to_save." not in n and ".original_module." not in n}
    assert ours.keys() == again.keys() and all(torch.equal(ours[n], again[n]) for n in ours), (kind, task, ours.keys() ^ again.keys())
    merged = model.merge_and_unload().state_dict()
    for name, tensor in load_file(at("hf") + "/model.safetensors").items():
        compare("merged weights", tensor, merged[name if task == "lm" else name.removeprefix("model.")])
    if task != "lm":
        head = load_file(at("hf") + "/task_head.safetensors")
        assert torch.equal(head["classifier.weight"], trained["classifier.weight"]), kind


with tempfile.TemporaryDirectory() as folder:
    for split in ("train", "dev"):
        for task, ending, text in ("udpos", "tsv", TAGGED), ("lm", "txt", "the cat sleeps\na dog eats .\n"):
            os.makedirs(os.path.join(folder, task), exist_ok=True)
            with open(os.path.join(folder, task, f"{split}-en.{ending}"), "w") as f:
                f.write(text)
    for kind, flags in KINDS.items():
        for task in ("udpos", "lm"):
            check(kind, flags, task, folder)
for what, error in worst.items():
    print(f"{what}: {error:.1e}")
for dtype, (ours, theirs) in squares.items():
    print(f"{dtype}: {(ours / theirs) ** 0.5:.2f} times PEFT's error")
sys.exit(max(worst.values()) > 1e-5 or any(ours > 1.21 * theirs for ours, theirs in squares.values()))
