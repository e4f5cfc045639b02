#!/usr/bin/env python3
"""Makes the fixtures beside it again: python make.py (torch 2.15, transformers 5.23, PEFT 0.21.2; CPU, float32).

trajectories.safetensors: LoRA on the tiny checkpoint of ../xglm/gelu trained as ../train/make.py says, with its rows and heads, no
dropout. B starts at random values, so that A has a gradient from the first step on.

  CASE.start.NAME             where the factors and biases start
  CASE.losses, CASE.norms     of 50 steps, norms before clipping
  CASE.grad.NAME              gradients of the first step, before clipping
  CASE.end.NAME               parameters after all steps
Gradients and ends leave out key biases, which have no true gradient, so that rounding noise moves them.

ADAPTER/: adapters of that checkpoint as PEFT saves them, and in adapters.safetensors what HF says with them:

  ADAPTER.hidden.N            final hidden states of row N
  ADAPTER.logits.N            the LM head's scores of row N after merge_and_unload, where the adapter is of a language model
  ADAPTER.head.N              the classifier's scores of row N's last token, where it has one
"""
import pathlib
import shutil

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import XGLMForCausalLM, get_linear_schedule_with_warmup

HERE = pathlib.Path(__file__).parent
CHECKPOINT = HERE.parent / "xglm" / "gelu"
STEPS = 50
ALL = ["q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2"]
METHODS = {  # internal/train/lora_test.go has the same
    "lora": dict(r=8, lora_alpha=8, target_modules=["q_proj", "v_proj"]),
    "lora-all": dict(r=4, lora_alpha=8, target_modules=ALL, bias="all", use_rslora=True),
    "lora-only": dict(r=2, lora_alpha=16, target_modules=["k_proj", "fc1"], bias="lora_only"),
}
trained = load_file(HERE.parent / "train" / "trajectories.safetensors")
ROWS = [trained[f"rows.{i}"] for i in range(8)]
LENGTHS = [len(r) for r in ROWS]


def base():
    return XGLMForCausalLM.from_pretrained(CHECKPOINT, dtype=torch.float32)


def adapted(model, config, seed):
    """model under an adapter whose B is random."""
    torch.manual_seed(seed)
    model = get_peft_model(model, config).eval()
    with torch.no_grad():
        for name, p in model.named_parameters():
            if "lora_B" in name:
                p.normal_(0, 0.1)
            if p.requires_grad and name.endswith("bias"):
                p.add_(torch.randn_like(p) * 0.1)
    return model


def plain(name):
    """A parameter's name in XGLMForCausalLM."""
    name = name.removeprefix("base_model.model.").replace(".default", "").replace(".base_layer", "")
    return name if name.startswith("model.") else "model." + name


def train(task, method, out):
    case = f"{task}.{method}"
    model = adapted(base().model, LoraConfig(task_type="FEATURE_EXTRACTION", **METHODS[method]), 5)
    head = torch.nn.Linear(32, trained[f"head.{task}.bias"].numel())
    head.load_state_dict({k: trained[f"head.{task}.{k}"] for k in ("weight", "bias")})
    body = {plain(n): p for n, p in model.named_parameters() if p.requires_grad}
    out.update({f"{case}.start.{n}": p.detach().clone() for n, p in body.items()})
    params = [*body.values(), *head.parameters()]
    opt = torch.optim.AdamW([{"params": list(body.values()), "lr": 3e-3}, {"params": head.parameters(), "lr": 6e-3}], weight_decay=0.01)
    schedule = get_linear_schedule_with_warmup(opt, 5, STEPS)
    losses, norms = [], []
    for step in range(STEPS):
        rows = [(4 * step + j) % len(ROWS) for j in range(4)]
        width = max(LENGTHS[r] for r in rows)
        ids = torch.stack([torch.nn.functional.pad(ROWS[r], (0, width - LENGTHS[r]), value=1) for r in rows])
        mask = torch.stack([(torch.arange(width) < LENGTHS[r]).long() for r in rows])
        hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state
        if task == "classification":
            read = torch.stack([hidden[k, LENGTHS[r] - 1] for k, r in enumerate(rows)])
            target = torch.cat([trained[f"rows.{r}.label"] for r in rows])
        else:
            read = torch.cat([hidden[k, 1:LENGTHS[r]:2] for k, r in enumerate(rows)])
            target = torch.cat([trained[f"rows.{r}.tags"] for r in rows])
        loss = torch.nn.functional.cross_entropy(head(read), target)
        opt.zero_grad()
        loss.backward()
        if step == 0:
            out.update({f"{case}.grad.{n}": p.grad.clone() for n, p in body.items() if not n.endswith("k_proj.bias")})
        norms.append(torch.nn.utils.clip_grad_norm_(params, 1.0))
        losses.append(loss.detach())
        opt.step()
        schedule.step()
    out[case + ".losses"], out[case + ".norms"] = torch.stack(losses), torch.stack(norms)
    body = {n: p for n, p in body.items() if not n.endswith("k_proj.bias")} | {"classifier." + n: p for n, p in head.named_parameters()}
    out.update({f"{case}.end.{n}": p.detach().clone() for n, p in body.items()})


def save(name, out):
    if name == "head":  # of a backbone with a classifier, which HF has no class for
        model = base().model
        model.classifier = torch.nn.Linear(32, 3)
        config = LoraConfig(task_type="FEATURE_EXTRACTION", r=2, lora_alpha=3, use_rslora=True, bias="all", modules_to_save=["classifier"],
                            target_modules=r".*layers\.[02]\.(self_attn\.(k|out)_proj|fc[12])")
    else:
        model = base()
        config = LoraConfig(task_type="CAUSAL_LM", r=4, lora_alpha=8, target_modules=["v_proj", "q_proj"],
                            bias="lora_only" if name == "biases" else "none")
    model.name_or_path = "xglm/gelu"
    model = adapted(model, config, 7)
    for folder, safe in ((name, True), (name + "_bin", False)):
        shutil.rmtree(HERE / folder, ignore_errors=True)
        if safe or name == "lm":
            model.save_pretrained(HERE / folder, safe_serialization=safe)
            (HERE / folder / "README.md").unlink()
    for i, row in enumerate(ROWS):
        with torch.no_grad():
            if name == "head":
                hidden = model(input_ids=row[None]).last_hidden_state
                out[f"{name}.head.{i}"] = model.base_model.model.classifier(hidden[0, -1])
            else:
                hidden = model(input_ids=row[None], output_hidden_states=True).hidden_states[-1]
            out[f"{name}.hidden.{i}"] = hidden[0].clone()
    if name != "head":
        merged = model.merge_and_unload()
        for i, row in enumerate(ROWS):
            with torch.no_grad():
                out[f"{name}.logits.{i}"] = merged(input_ids=row[None]).logits[0].clone()


if __name__ == "__main__":
    steps, said = {}, {}
    for task in ("classification", "tagging"):
        for method in METHODS:
            train(task, method, steps)
    save_file({k: v.contiguous() for k, v in steps.items()}, HERE / "trajectories.safetensors")
    for name in ("lm", "biases", "head"):
        save(name, said)
    save_file({k: v.contiguous() for k, v in said.items()}, HERE / "adapters.safetensors")
