#!/usr/bin/env python3
"""Trains a tagging run again with HuggingFace transformers + PEFT at the settings that its run.json records:

    python peft.py RUN DATA LANGUAGE...     RUN: a run's folder, DATA: its data folder, LANGUAGE: whose test sets are scored

Prints F1 of the dev set and of each language as JSON. The rows are all of DATA's train file: give a folder that holds only the drawn
ones for a run with a limit. Batches, heads and adapters are drawn by torch's generator, so the figures are those of another seed.
torch 2.15, transformers 5.23, PEFT 0.21.2, seqeval.
"""
import copy
import json
import pathlib
import sys

import torch
from peft import LoraConfig, PrefixTuningConfig, PromptTuningConfig, get_peft_model
from seqeval.metrics import f1_score
from transformers import AutoTokenizer, XGLMModel, get_linear_schedule_with_warmup

run, data, languages = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3:]
record = json.loads((run / "run.json").read_text())
o, labels, checkpoint = record["options"], record["labels"], record["paths"]["checkpoint"]
tokenizer = AutoTokenizer.from_pretrained(checkpoint)
torch.manual_seed(o["seed"])
torch.set_num_threads(2)


def sentences(path):
    words, tags = [], []
    for line in [*path.read_text(encoding="utf-8").split("\n"), ""]:
        if line.strip():
            word, tag = line.split("\t")
            words.append(word)
            tags.append(tag)
        elif words:
            yield words, tags
            words, tags = [], []


def encode(words, tags):
    """Rows of at most max_length tokens, split between words; the last sub-token of a word is read."""
    rows, ids, read, targets = [], [2], [], []
    for word, tag in zip(words, tags):
        pieces = tokenizer([word], is_split_into_words=True, add_special_tokens=False)["input_ids"]
        if len(ids) + len(pieces) > o["max_length"] and len(ids) > 1:
            rows.append((ids, read, targets))
            ids, read, targets = [2], [], []
        ids = (ids + pieces)[: o["max_length"]]
        read = read + [len(ids) - 1]
        targets = targets + [labels.index(tag) if pieces else -100]
    return [*rows, (ids, read, targets)]


def load(split, language):
    return [encode(*s) for s in sentences(data / o["task"] / f"{split}-{language}.tsv")]


backbone = XGLMModel.from_pretrained(checkpoint, dtype=torch.float32)
width = backbone.config.d_model
common = dict(task_type="FEATURE_EXTRACTION", num_virtual_tokens=o["prompt_length"] or 1, num_attention_heads=backbone.config.attention_heads,
              num_layers=backbone.config.num_layers, token_dim=width, num_transformer_submodules=1)
match o["method"]:
    case "prompt":  # PEFT 0.21 samples the vocabulary too
        model = get_peft_model(backbone, PromptTuningConfig(prompt_tuning_init="SAMPLE_VOCAB", **common))
    case "prefix":
        model = get_peft_model(backbone, PrefixTuningConfig(**common))
        for p in model.prompt_encoder.parameters():
            torch.nn.init.normal_(p, 0, 0.02)
    case "lora":
        model = get_peft_model(backbone, LoraConfig(task_type="FEATURE_EXTRACTION", r=o["lora_rank"], lora_alpha=o["lora_alpha"],
                                                    lora_dropout=o.get("lora_dropout", 0), target_modules=o["lora_targets"].split(",")))
    case "full":
        model = backbone
    case "head":
        model = backbone.requires_grad_(False)
head = torch.nn.Linear(width, len(labels))
body = [p for p in model.parameters() if p.requires_grad]


def logits(rows):
    """Scores of the read tokens of all rows."""
    n = max(len(ids) for ids, _, _ in rows)
    ids = torch.tensor([r[0] + [1] * (n - len(r[0])) for r in rows])
    mask = torch.tensor([[1] * len(r[0]) + [0] * (n - len(r[0])) for r in rows])
    hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state[:, -n:]
    return head(torch.cat([hidden[k, read] for k, (_, read, _) in enumerate(rows)]))


def score(split):
    model.eval()
    gold, predicted = [], []
    with torch.inference_mode():
        for sentence in split:
            gold.append([labels[t] for row in sentence for t in row[2] if t >= 0])
            best = logits(sentence).argmax(-1).tolist()
            predicted.append([labels[b] for b, t in zip(best, [t for row in sentence for t in row[2]]) if t >= 0])
    return 100 * f1_score(gold, predicted)


train = [row for sentence in load("train", o["language"]) for row in sentence]
dev = load("dev", o["language"])
size = o["batch_size"]
steps = o["epochs"] * -(-len(train) // size)
groups = [{"params": head.parameters(), "lr": o["head_learning_rate"], "weight_decay": o["head_weight_decay"]}]
if body:
    groups.insert(0, {"params": body, "lr": o["learning_rate"], "weight_decay": o["weight_decay"]})
optimizer = torch.optim.AdamW(groups)
schedule = get_linear_schedule_with_warmup(optimizer, int(o["warm_up"] * steps), steps)
best, kept = -1, None
for epoch in range(o["epochs"]):
    model.train()
    order = torch.randperm(len(train)).tolist()
    for i in range(0, len(order), size):
        rows = [train[k] for k in order[i : i + size]]
        targets = torch.tensor([t for row in rows for t in row[2]])
        loss = torch.nn.functional.cross_entropy(logits(rows), targets, label_smoothing=o["label_smoothing"])
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_([*body, *head.parameters()], o["clip_norm"])
        optimizer.step()
        schedule.step()
    if (now := score(dev)) > best:
        best, kept = now, (copy.deepcopy(model.state_dict()), copy.deepcopy(head.state_dict()))
model.load_state_dict(kept[0])
head.load_state_dict(kept[1])
print(json.dumps({"method": o["method"], "dev": round(best, 2), **{code: round(score(load("test", code)), 2) for code in languages}}))
