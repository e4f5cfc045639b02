#!/usr/bin/env python3
"""Makes trajectories.safetensors: 50 steps of training by torch.optim with HuggingFace transformers 5.23 and PEFT 0.21.2, torch 2.15, CPU, float32,
on the tiny checkpoint of ../xglm/gelu, no dropout. The loss is the mean cross-entropy of a linear head on the last token of each row
(classification) or on every second token (tagging); gradients are clipped to norm 1; the rate rises over 5 steps and falls linearly to 0.

  rows.N, rows.N.label, rows.N.tags           token ids, label, a tag per token read
  head.{classification,tagging}.{weight,bias} where every head starts
  CASE.start.NAME                             where what CASE trains beside head and backbone starts
  CASE.losses, CASE.norms                     of the 50 steps, norms before clipping
  CASE.end.NAME                               parameters after them
CASE is TASK.METHOD[.adafactor]. Step i takes rows 4i to 4i+3, counted round.
"""
import pathlib
import torch
from peft import PrefixTuningConfig, PromptEncoderConfig, PromptTuningConfig, get_peft_model
from safetensors.torch import save_file
from transformers import XGLMForCausalLM, get_linear_schedule_with_warmup

HERE = pathlib.Path(__file__).parent
STEPS, P, HIDDEN, LABELS = 50, 3, 8, {"classification": 3, "tagging": 5}
gen = torch.Generator().manual_seed(11)
LENGTHS = [5, 3, 9, 7, 2, 8, 4, 6]
ROWS = [torch.cat([torch.tensor([2]), torch.randint(4, 104, (n - 1,), generator=gen)]) for n in LENGTHS]
LABEL = torch.randint(0, LABELS["classification"], (len(ROWS),), generator=gen)
TAGS = [torch.randint(0, LABELS["tagging"], (n // 2,), generator=gen) for n in LENGTHS]  # of tokens 1, 3, 5, ...
out = {}
for i, row in enumerate(ROWS):
    out |= {f"rows.{i}": row, f"rows.{i}.label": LABEL[i:i + 1], f"rows.{i}.tags": TAGS[i]}
for task, n in LABELS.items():
    out[f"head.{task}.weight"] = torch.randn(n, 32, generator=gen) * 0.2
    out[f"head.{task}.bias"] = torch.randn(n, generator=gen) * 0.2


def run(task, method, optimizer="adamw"):
    case = f"{task}.{method}" + ("" if optimizer == "adamw" else "." + optimizer)
    model = XGLMForCausalLM.from_pretrained(HERE.parent / "xglm" / "gelu").model
    common = dict(task_type="FEATURE_EXTRACTION", num_virtual_tokens=P, num_attention_heads=4, num_layers=3, token_dim=32, num_transformer_submodules=1)
    torch.manual_seed(5)
    peft = {"prompt": PromptTuningConfig(**common), "prefix": PrefixTuningConfig(**common),
            "prompt-mlp": PromptEncoderConfig(encoder_hidden_size=HIDDEN, **common),
            "prefix-mlp": PrefixTuningConfig(prefix_projection=True, encoder_hidden_size=HIDDEN, **common)}.get(method)
    head = torch.nn.Linear(32, LABELS[task])
    head.load_state_dict({k: out[f"head.{task}.{k}"] for k in ("weight", "bias")})
    if peft:
        model = get_peft_model(model, peft)
        body = {"prompt_encoder." + n.split("default.")[1]: p for n, p in model.named_parameters() if p.requires_grad}
        if method in ("prompt", "prefix"):
            body = {"prompt_embeddings": torch.nn.init.normal_(body.pop("prompt_encoder.embedding.weight"), 0, 0.3)}
        out.update({f"{case}.start.{n}": p.detach().clone() for n, p in body.items()})
    else:
        model.requires_grad_(method == "full")
        body = {"model." + n: p for n, p in model.named_parameters()} if method == "full" else {}
    model.eval()
    params = [*body.values(), *head.parameters()]
    rate = 1e-3 if method == "full" else 3e-3
    if optimizer == "adafactor":
        # large relative steps of a whole model are chaotic: rounding alone would part two runs
        opt = torch.optim.Adafactor(params, lr=0.003 if method == "full" else 0.05, weight_decay=1e-3)
    else:
        opt = torch.optim.AdamW([{"params": list(body.values()), "lr": rate}, {"params": head.parameters(), "lr": 2 * rate}], weight_decay=0.01)
    schedule = get_linear_schedule_with_warmup(opt, 5, STEPS)
    losses, norms = [], []
    for step in range(STEPS):
        rows = [(4 * step + j) % len(ROWS) for j in range(4)]
        width = max(LENGTHS[r] for r in rows)
        ids = torch.stack([torch.nn.functional.pad(ROWS[r], (0, width - LENGTHS[r]), value=1) for r in rows])
        mask = torch.stack([(torch.arange(width) < LENGTHS[r]).long() for r in rows])
        hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state[:, -width:]
        if task == "classification":
            read = torch.stack([hidden[k, LENGTHS[r] - 1] for k, r in enumerate(rows)])
            target = LABEL[rows]
        else:
            read = torch.cat([hidden[k, 1:LENGTHS[r]:2] for k, r in enumerate(rows)])
            target = torch.cat([TAGS[r] for r in rows])
        loss = torch.nn.functional.cross_entropy(head(read), target)
        opt.zero_grad()
        loss.backward()
        norms.append(torch.nn.utils.clip_grad_norm_(params, 1.0))
        losses.append(loss.detach())
        opt.step()
        schedule.step()
    out[case + ".losses"], out[case + ".norms"] = torch.stack(losses), torch.stack(norms)
    keep = body | {"classifier.weight": head.weight, "classifier.bias": head.bias}
    if method == "full":  # a few are enough; key biases have no true gradient, so rounding noise moves them
        names = ["model.embed_tokens.weight", "model.layers.0.self_attn.q_proj.weight", "model.layers.1.fc1.bias", "model.layers.2.final_layer_norm.weight"]
        keep = {n: keep[n] for n in names + ["classifier.weight", "classifier.bias"]}
    out.update({f"{case}.end.{n}": p.detach().clone() for n, p in keep.items()})


for task in LABELS:
    for method in ("full", "prompt", "prefix", "prompt-mlp", "prefix-mlp", "head"):
        run(task, method)
run("classification", "prompt", "adafactor")
run("tagging", "full", "adafactor")
save_file({k: v.contiguous() for k, v in out.items()}, HERE / "trajectories.safetensors")
