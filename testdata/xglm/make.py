#!/usr/bin/env python3
"""Makes the fixtures beside this file with HuggingFace transformers 5.23 and PEFT 0.21.2 on torch 2.15 (CPU, float32).

gelu/, relu/          tiny random XGLM checkpoints (relu: no embedding scale, an LM head of its own)
*/expected.safetensors
  rows.N                     token ids of row N
  rows.N.hidden.K            hidden states as output_hidden_states numbers them, the row computed alone
  rows.N.logits
  prefix, prompt             a PREFIX_TUNING and a PROMPT_TUNING adapter's tensor
  {prefix,prompt}.N.hidden   last hidden states of row N under it, text positions only
  probe                      [d] the loss is the mean over all rows' real text positions of hidden . probe
  {prefix,prompt}.grad       d loss / d adapter, over the right-padded batch of all rows
  full.loss, full.grad.NAME  the same loss without adapter, and its gradient for some weights
*/paths.safetensors          what else HuggingFace computes with them
  left.RULE.N.hidden.K       row N in a batch that is padded on the left, its tokens only; RULE is arange (no position_ids) or mask (cumsum(mask) - 1)
  right.RULE.N.hidden        the same, padded on the right, after the last layer
  hole.mask, hole.RULE.hidden  row 0 with some columns hidden by the mask; all columns
  {prefix,prompt}.left.N.hidden  under an adapter, padded on the left, no position_ids
  {bfloat16,float16}.N.{hidden,logits}  row N in the left-padded batch under the rule mask, model and result of that type
  N.logprobs                 log-probability of each token but the first
  greedy.N, penalty.N        new tokens of generate(): greedy, on the left-padded batch; with repetition_penalty 5, row N alone
  stop, stop.N               greedy with token stop as eos_token_id
  {prefix,prompt}.penalty.N  new tokens under an adapter, row N alone
  scores, seen, warp.NAME    a row of scores, the tokens before it, and the scores that generate()'s processors make of them
  ties, warp.ties            scores of which many are equal, and what top_k 8 makes of them
  TASK.METHOD.{loss,grad.NAME}  TASK lm: mean cross-entropy of all next tokens; cls: of labels N % 3, a head on each last token; tag: of labels (row + position) % 3,
                             a head on every second token; METHOD full, prefix, prompt; NAME a weight's, or head.weight, head.bias
  head.weight, head.bias     [3, d], [3]
gelu/adapters/KIND           adapters as PEFT saves them; in paths.safetensors
  adapter.KIND.N.hidden      last hidden states of row N under it, text positions only
"""
import json
import pathlib
import torch
from peft import PeftModel, PrefixTuningConfig, PromptEncoderConfig, PromptTuningConfig, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import XGLMConfig, XGLMForCausalLM
from transformers.generation import RepetitionPenaltyLogitsProcessor, TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

HERE = pathlib.Path(__file__).parent
ROWS = [[2, 17, 4, 90, 33, 8], [2, 5], [2, 61, 61, 12, 7, 99, 100, 3, 45], [2, 40, 41, 42]]
P = 3

def padded():
    width = max(map(len, ROWS))
    ids = torch.tensor([r + [1] * (width - len(r)) for r in ROWS])
    return ids, (torch.arange(width)[None] < torch.tensor([[len(r)] for r in ROWS])).long()

def make(name, seed, **extra):
    torch.manual_seed(seed)
    config = XGLMConfig(vocab_size=104, max_position_embeddings=8, d_model=32, ffn_dim=48, num_layers=3, attention_heads=4, init_std=0.3, **extra)
    model = XGLMForCausalLM(config).eval()
    for n, w in model.named_parameters():  # biases and norms that a mistake would show in
        if w.dim() == 1:
            torch.nn.init.normal_(w, 1.0 if "norm.weight" in n else 0.0, 0.2)
    if not config.tie_word_embeddings:
        torch.nn.init.normal_(model.lm_head.weight, 0, 0.3)
    model.save_pretrained(HERE / name)
    (HERE / name / "generation_config.json").unlink(missing_ok=True)
    out = {}
    with torch.no_grad():
        for i, row in enumerate(ROWS):
            got = model(torch.tensor([row]), output_hidden_states=True)
            out[f"rows.{i}"] = torch.tensor(row)
            out |= {f"rows.{i}.hidden.{k}": h[0] for k, h in enumerate(got.hidden_states)}
            out[f"rows.{i}.logits"] = got.logits[0]
    ids, mask = padded()
    out["probe"] = probe = torch.randn(config.d_model)
    common = dict(task_type="FEATURE_EXTRACTION", num_virtual_tokens=P, num_attention_heads=config.attention_heads,
                  num_layers=config.num_layers, token_dim=config.d_model, num_transformer_submodules=1)

    def loss(m):
        hidden = m(input_ids=ids, attention_mask=mask).last_hidden_state[:, -ids.shape[1]:]
        return (hidden @ probe)[mask.bool()].mean()

    for kind, peft in ("prefix", PrefixTuningConfig(**common)), ("prompt", PromptTuningConfig(**common)):
        m = get_peft_model(XGLMForCausalLM.from_pretrained(HERE / name).model, peft).eval()
        weight = m.prompt_encoder["default"].embedding.weight
        torch.nn.init.normal_(weight, 0, 0.5)
        out[kind] = weight.detach().clone()
        with torch.no_grad():
            for i, row in enumerate(ROWS):
                h = m(input_ids=torch.tensor([row]), attention_mask=torch.ones(1, len(row), dtype=torch.long)).last_hidden_state
                out[f"{kind}.{i}.hidden"] = h[0, -len(row):].clone()
        loss(m).backward()
        out[kind + ".grad"] = weight.grad.clone()
    m = XGLMForCausalLM.from_pretrained(HERE / name).model.eval()
    value = loss(m)
    value.backward()
    out["full.loss"] = value.detach()
    grads = dict(m.named_parameters())
    for n in ["embed_tokens.weight", "layers.0.self_attn.q_proj.weight", "layers.0.self_attn.v_proj.bias", "layers.1.fc1.weight",
              "layers.1.self_attn_layer_norm.weight", "layers.2.fc2.bias", "layers.2.self_attn.k_proj.weight", "layer_norm.bias"]:
        out["full.grad.model." + n] = grads[n].grad.clone()
    save_file({k: v.contiguous() for k, v in out.items()}, HERE / name / "expected.safetensors")

NEW = 14  # tokens generated: past max_position_embeddings

def adapted(name, kind, task="FEATURE_EXTRACTION"):
    """The model under the adapter that make() wrote."""
    model = XGLMForCausalLM.from_pretrained(HERE / name)
    common = dict(task_type=task, num_virtual_tokens=P, num_attention_heads=model.config.attention_heads,
                  num_layers=model.config.num_layers, token_dim=model.config.d_model, num_transformer_submodules=1)
    config = PrefixTuningConfig(**common) if kind == "prefix" else PromptTuningConfig(**common)
    m = get_peft_model(model if task == "CAUSAL_LM" else model.model, config).eval()
    with torch.no_grad():
        m.prompt_encoder["default"].embedding.weight.copy_(load_file(HERE / name / "expected.safetensors")[kind])
    return m

def paths(name):
    torch.manual_seed(7)
    model = XGLMForCausalLM.from_pretrained(HERE / name).eval()
    d, out = model.config.d_model, {}
    right, right_mask = padded()
    left = torch.tensor([[1] * (right.shape[1] - len(r)) + r for r in ROWS])
    left_mask = right_mask.flip(1)
    positions = lambda mask: (mask.cumsum(1) - 1).clamp(min=0)
    with torch.no_grad():
        for side, ids, mask in ("left", left, left_mask), ("right", right, right_mask):
            for rule, extra in ("arange", {}), ("mask", dict(position_ids=positions(mask))):
                hidden = model(ids, attention_mask=mask, output_hidden_states=True, **extra).hidden_states
                for i in range(len(ROWS)):
                    for k, h in enumerate(hidden):
                        if side == "left" and rule == "arange":
                            out[f"{side}.{rule}.{i}.hidden.{k}"] = h[i][mask[i].bool()]
                    out[f"{side}.{rule}.{i}.hidden"] = hidden[-1][i][mask[i].bool()]
        out["hole.mask"] = hole = torch.tensor([0, 1, 1, 0, 1, 1])
        for rule, extra in ("arange", {}), ("mask", dict(position_ids=positions(hole[None]))):
            out[f"hole.{rule}.hidden"] = model(torch.tensor(ROWS[:1]), attention_mask=hole[None], output_hidden_states=True, **extra).hidden_states[-1][0]
        for kind in "prefix", "prompt":
            h = adapted(name, kind)(input_ids=left, attention_mask=left_mask).last_hidden_state[:, -left.shape[1]:]
            out |= {f"{kind}.left.{i}.hidden": h[i][left_mask[i].bool()] for i in range(len(ROWS))}
            m = adapted(name, kind, "CAUSAL_LM")
            for i, row in enumerate(ROWS):
                ids = torch.tensor([row])
                got = m.generate(input_ids=ids, attention_mask=torch.ones_like(ids), max_new_tokens=NEW, do_sample=False, eos_token_id=None, repetition_penalty=5.0)
                out[f"{kind}.penalty.{i}"] = got[0, len(row):]
        for dtype in torch.bfloat16, torch.float16:
            half = XGLMForCausalLM.from_pretrained(HERE / name, dtype=dtype).eval()
            got = half(left, attention_mask=left_mask, position_ids=positions(left_mask), output_hidden_states=True)
            assert got.logits.isfinite().all()
            for i in range(len(ROWS)):
                out[f"{str(dtype)[6:]}.{i}.hidden"] = got.hidden_states[-1][i][left_mask[i].bool()]
                out[f"{str(dtype)[6:]}.{i}.logits"] = got.logits[i][left_mask[i].bool()]
        for i, row in enumerate(ROWS):
            ids = torch.tensor([row])
            out[f"{i}.logprobs"] = model(ids).logits.log_softmax(-1)[0, :-1].gather(1, ids[0, 1:, None])[:, 0]
        new = lambda **o: model.generate(left, attention_mask=left_mask, max_new_tokens=NEW, do_sample=False, **o)[:, left.shape[1]:]
        greedy = new(eos_token_id=None)
        out |= {f"greedy.{i}": g for i, g in enumerate(greedy)}
        for i, row in enumerate(ROWS):  # alone: in a padded batch HuggingFace penalises the padding's id too
            ids = torch.tensor([row])
            got = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=NEW, do_sample=False, eos_token_id=None, repetition_penalty=5.0)
            out[f"penalty.{i}"] = got[0, len(row):]
        out["stop"] = stop = greedy[0, 4:5]
        for i, g in enumerate(new(eos_token_id=stop.item(), pad_token_id=1)):
            ends = (g == stop).nonzero()
            out[f"stop.{i}"] = g[:ends[0, 0] + 1] if len(ends) else g
        out["scores"] = scores = (torch.randn(model.config.vocab_size) * 3).round(decimals=1)  # rounded: some are equal
        out["seen"] = seen = torch.tensor(ROWS[2])
        for label, warpers in {
                "temperature": [TemperatureLogitsWarper(0.7)], "penalty": [RepetitionPenaltyLogitsProcessor(1.5)], "top_k": [TemperatureLogitsWarper(1.3), TopKLogitsWarper(7)],
                "top_p": [TopPLogitsWarper(0.8)], "all": [RepetitionPenaltyLogitsProcessor(1.5), TemperatureLogitsWarper(0.9), TopKLogitsWarper(12), TopPLogitsWarper(0.6)]}.items():
            got = scores[None].clone()
            for w in warpers:
                got = w(seen[None], got)
            out["warp." + label] = got[0]
        out["ties"] = ties = (scores / 3).round()
        out["warp.ties"] = got = TopKLogitsWarper(8)(None, ties[None].clone())[0]
        assert got.isfinite().sum() > 8
    out["head.weight"], out["head.bias"] = torch.randn(3, d), torch.randn(3)
    if name == "gelu":
        out |= adapters(name)
    for method in "full", "prefix", "prompt":
        for task in "lm", "cls", "tag":
            out |= {f"{task}.{method}.{k}": v.float() for k, v in task_gradients(name, task, method, right, right_mask, out["head.weight"], out["head.bias"]).items()}
    save_file({k: v.contiguous().clone() for k, v in out.items()}, HERE / name / "paths.safetensors")

def adapters(name):
    out = {}
    common = dict(task_type="FEATURE_EXTRACTION", num_virtual_tokens=P, num_attention_heads=4, num_layers=3, token_dim=32, num_transformer_submodules=1)
    for kind, config in {"prompt": PromptTuningConfig(**common), "prefix": PrefixTuningConfig(prefix_projection=True, encoder_hidden_size=8, **common),
                         "ptuning": PromptEncoderConfig(encoder_hidden_size=8, **common)}.items():
        base = lambda: XGLMForCausalLM.from_pretrained(HERE / name).model
        folder = HERE / name / "adapters" / kind
        get_peft_model(base(), config).save_pretrained(folder)
        (folder / "README.md").unlink()
        config = json.loads((folder / "adapter_config.json").read_text()) | {"base_model_name_or_path": "gelu"}
        (folder / "adapter_config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
        m = PeftModel.from_pretrained(base(), folder).eval()
        with torch.no_grad():
            for i, row in enumerate(ROWS):
                out[f"adapter.{kind}.{i}.hidden"] = m(input_ids=torch.tensor([row]), attention_mask=torch.ones(1, len(row), dtype=torch.long)).last_hidden_state[0, -len(row):]
    return out

def exactly(function):
    """In float64: where terms cancel, float32's own rounding comes near 1e-5, and differs between processors."""
    def run(*args):
        torch.set_default_dtype(torch.float64)  # HF's mask takes it
        try:
            return function(*args)
        finally:
            torch.set_default_dtype(torch.float32)
    return run

@exactly
def task_gradients(name, task, method, ids, mask, weight, bias):
    m = XGLMForCausalLM.from_pretrained(HERE / name).eval() if method == "full" else adapted(name, method, "CAUSAL_LM")
    m.double()
    base = m if method == "full" else m.base_model
    inputs = dict(input_ids=ids, attention_mask=mask)
    weight, bias = weight.double().requires_grad_(), bias.double().requires_grad_()
    if task == "lm":
        logits = m(**inputs).logits[:, -ids.shape[1]:-1]
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].masked_fill(mask[:, 1:] == 0, -100).flatten())
    else:
        if method == "full":
            hidden = m.model(**inputs).last_hidden_state
        else:
            caught = []
            hook = base.model.register_forward_hook(lambda _, __, o: caught.append(o.last_hidden_state))
            m(**inputs)
            hook.remove()
            hidden = caught[0][:, -ids.shape[1]:]
        if task == "cls":
            rows, labels = hidden[torch.arange(len(ids)), mask.sum(1) - 1], torch.arange(len(ids)) % 3
        else:
            at = [(r, t) for r, n in enumerate(mask.sum(1)) for t in range(0, n, 2)]
            rows, labels = hidden[[r for r, _ in at], [t for _, t in at]], torch.tensor([(r + t) % 3 for r, t in at])
        loss = torch.nn.functional.cross_entropy(rows @ weight.T + bias, labels)
    loss.backward()
    out = {"loss": loss.detach()}
    if task != "lm":
        out |= {"grad.head.weight": weight.grad, "grad.head.bias": bias.grad}
    if method != "full":
        return out | {"grad." + method: m.prompt_encoder["default"].embedding.weight.grad}
    for n, w in m.named_parameters():
        if n.split(".")[-1] != "weight" or "embed" in n or "lm_head" in n or "norm" in n or "q_proj" in n or ".1." in n:
            if w.grad is not None and "k_proj.bias" not in n:  # whose gradient is 0 but for rounding
                out["grad." + n] = w.grad
    return out

make("gelu", 1)
make("relu", 2, activation_function="relu", scale_embedding=False, tie_word_embeddings=False)
for name in "gelu", "relu":
    paths(name)
