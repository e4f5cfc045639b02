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
"""
import pathlib
import torch
from peft import PrefixTuningConfig, PromptTuningConfig, get_peft_model
from safetensors.torch import save_file
from transformers import XGLMConfig, XGLMForCausalLM

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

make("gelu", 1)
make("relu", 2, activation_function="relu", scale_embedding=False, tie_word_embeddings=False)
