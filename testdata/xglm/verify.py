#!/usr/bin/env python3
"""Compares xpt embed, score and generate with transformers and PEFT on random ids.

    verify.py [--rows 32] [--length 24] [--new 12] [--only REGEX] XPT [CHECKPOINT...]

CHECKPOINTs are folders, by default the two beside this file; --only takes the paths whose names match. Prints a line a path and dtype: the largest error against
HuggingFace in float32, max |a - b| / max |b| of every row's hidden states of every layer and logits; for half types the
error of HuggingFace's own run in that type beside it. Of generate it is how far the tokens chosen are from the best, by
the logits that HuggingFace gives them in float32, and how many rows have the very tokens of HuggingFace in float32.
The exit status is 1 where a number is not finite, float32 is over 1e-5 or has other tokens, or a half type is less exact
than HuggingFace: over 1.1 times its error by root mean squares, or over twice at the largest. The largest of two equally
exact runs differ by 1.4 times and more by chance.
"""
import argparse, functools, json, os, re, subprocess, sys, tempfile, warnings

import torch
from peft import PeftModel, PrefixTuningConfig, PromptTuningConfig, get_peft_model
from safetensors.torch import load_file
from transformers import XGLMForCausalLM
from transformers.utils import logging

warnings.filterwarnings("ignore")
logging.set_verbosity_error()
logging.disable_progress_bar()
HERE = os.path.dirname(os.path.abspath(__file__))
DTYPES = "float32", "bfloat16", "float16"
P = 5  # virtual tokens of an adapter


class HuggingFace:
    """A checkpoint in one dtype, bare (adapter None) and under the adapters in folder."""

    def __init__(self, checkpoint, dtype, folder):
        model = XGLMForCausalLM.from_pretrained(checkpoint, dtype=getattr(torch, dtype)).eval()
        self.models = {None: model}
        c = model.config
        for kind, config in ("prompt", PromptTuningConfig), ("prefix", PrefixTuningConfig):
            path = os.path.join(folder, kind)
            if not os.path.exists(path):
                made = get_peft_model(model, config(task_type="CAUSAL_LM", num_virtual_tokens=P, num_attention_heads=c.attention_heads,
                                                    num_layers=c.num_layers, token_dim=c.d_model, num_transformer_submodules=1))
                torch.nn.init.normal_(made.prompt_encoder["default"].embedding.weight, 0, 0.5)
                made.save_pretrained(path)
            self.models[kind] = PeftModel.from_pretrained(model, path).eval()

    def forward(self, adapter, ids, mask, **positions):
        """All hidden states and the logits of each row's tokens; what stands for virtual tokens is cut off."""
        got = self.models[adapter](input_ids=ids, attention_mask=mask, output_hidden_states=True, **positions)
        states = [h[:, -ids.shape[1]:].float() for h in (*got.hidden_states, got.logits)]
        return [[h[r][mask[r].bool()] for h in states] for r in range(len(ids))]

    def embed(self, rows, adapter, pad, rule):
        if pad == "none" or (adapter, pad, rule) == ("prompt", "left", "mask"):
            # PEFT drops the position_ids given with PROMPT_TUNING, so that its text is shifted by its padding; by them
            # padding would change nothing.
            return [self.forward(adapter, torch.tensor([r]), torch.ones(1, len(r), dtype=torch.long))[0] for r in rows]
        ids, mask = padded(rows, pad)
        # Without position_ids HuggingFace numbers columns, padding included: wrong for text behind padding, but it is what a plain forward gives.
        return self.forward(adapter, ids, mask, **(dict(position_ids=(mask.cumsum(1) - 1).clamp(min=0)) if rule == "mask" else {}))

    def score(self, rows, adapter):
        return [[logits[:-1].log_softmax(-1).gather(1, torch.tensor(r[1:])[:, None])[:, 0]]
                for r, (*_, logits) in zip(rows, self.embed(rows, adapter, "none", "arange"))]

    def generate(self, rows, adapter, new):
        # Under an adapter rows go alone: PEFT puts PROMPT_TUNING's vectors in front of left padding, and the row behind it gets other tokens.
        batches = [rows] if adapter is None else [[r] for r in rows]
        out = []
        for batch in batches:
            ids, mask = padded(batch, "left")
            out += self.models[adapter].generate(input_ids=ids, attention_mask=mask, max_new_tokens=new, do_sample=False, eos_token_id=None)[:, ids.shape[1]:].tolist()
        return out

    def regret(self, rows, adapter, continuations):
        """How far the tokens chosen are from the best, at most."""
        worst = 0.0
        for r, new, (*_, logits) in zip(rows, continuations, self.embed([r + c for r, c in zip(rows, continuations)], adapter, "none", "arange")):
            logits = logits[len(r) - 1:-1]
            chosen = logits.gather(1, torch.tensor(new)[:, None])[:, 0]
            worst = max(worst, ((logits.max(1).values - chosen).max() / logits.abs().max()).item())
        return worst


class Refused(Exception):
    """xpt's word that it cannot do what is asked for."""


class Xpt:
    def __init__(self, xpt, checkpoint, dtype, folder):
        self.folder, self.flags = folder, ["--checkpoint", checkpoint, "--dtype", dtype, "--threads", str(torch.get_num_threads())]
        self.xpt = xpt

    def run(self, command, rows, adapter, *flags):
        ids = os.path.join(self.folder, "ids.jsonl")
        with open(ids, "w") as f:
            f.writelines(json.dumps({"id": str(i), "input_ids": r}) + "\n" for i, r in enumerate(rows))
        if adapter:
            flags += "--adapter", os.path.join(self.folder, adapter)
        done = subprocess.run([self.xpt, command, *self.flags, "--ids", ids, "--json", *flags], capture_output=True, text=True)
        if done.returncode:
            raise (Refused if done.returncode == 1 else RuntimeError)(done.stderr.strip())
        return [json.loads(line) for line in done.stdout.splitlines()]

    def embed(self, rows, adapter, pad, rule):
        out = os.path.join(self.folder, "out.safetensors")
        self.run("embed", rows, adapter, "--layers", "all", "--logits", "--pad", pad, "--positions", rule, "--out", out)
        t = load_file(out)
        layers = sum(name.startswith("0.hidden.") for name in t)
        return [[t[f"{i}.hidden.{k}"] for k in range(layers)] + [t[f"{i}.logits"]] for i in range(len(rows))]

    def score(self, rows, adapter):
        return [[torch.tensor(a["logprobs"])] for a in self.run("score", rows, adapter)]

    def generate(self, rows, adapter, new, batch):
        return [a["output_ids"] for a in self.run("generate", rows, adapter, "--max-new-tokens", str(new), "--ignore-eos", "--batch", str(batch))]


def padded(rows, side):
    width = max(map(len, rows))
    put = lambda row, fill: [fill] * (width - len(row)) + row if side == "left" else row + [fill] * (width - len(row))
    return torch.tensor([put(r, 1) for r in rows]), torch.tensor([put([1] * len(r), 0) for r in rows])


def pairs(got, want):
    return [(a.float(), b) for g, w in zip(got, want, strict=True) for a, b in zip(g, w, strict=True)]


def error(got, want):
    """The largest relative error of any tensor of any row; not a number where one holds some."""
    return torch.stack([(a - b).abs().max() / b.abs().max() for a, b in pairs(got, want)]).max().item()  # max keeps NaN


def rms(got, want):
    """The relative error in the root mean square over all tensors."""
    return torch.stack([(a - b).square().sum() / b.square().sum() for a, b in pairs(got, want)]).mean().sqrt().item()


def same(got, want):
    return f"{sum(a == b for a, b in zip(got, want, strict=True))} of {len(want)}"


class Table:
    def __init__(self):
        self.failed = False

    def line(self, path, dtype, ours, theirs, most, note="", ok=True):
        ok = ok and ours <= most  # false for NaN
        self.failed = self.failed or not ok
        beside = "" if theirs is None else f"{theirs:.1e}"
        print(f"{path:26} {dtype:9} {ours:8.1e} {beside:>8}  {note}{'' if ok else '  FAIL'}".rstrip(), flush=True)


def verify(checkpoint, a, folder, table):
    with open(os.path.join(checkpoint, "config.json")) as f:
        vocab = json.load(f)["vocab_size"]
    lengths = torch.randint(2, a.length + 1, (4 * a.rows,)).tolist()
    scored = [[2] + torch.randint(4, vocab, (n - 1,)).tolist() for n in lengths] # more: a score is one number of a token, a hidden state many
    rows = scored[:a.rows]
    hf = {dtype: HuggingFace(checkpoint, dtype, folder) for dtype in DTYPES}
    xpt = {dtype: Xpt(a.xpt, checkpoint, dtype, folder) for dtype in DTYPES}
    try:
        xpt["float16"].score(rows[:1], None)
    except Refused as e:  # an old libtorch has no float16 on the CPU
        print(e)
        del xpt["float16"]
    print(f"{checkpoint}\n{'path':26} {'dtype':9} {'xpt':>8} {'HF':>8}")
    for adapter in hf["float32"].models:
        def wanted(*parts):
            path = " ".join(p for p in (adapter, *parts) if p)
            return path if re.search(a.only, path) else None

        def compare(path, compute):
            want = compute(hf["float32"])
            for dtype in xpt:
                ours = compute(xpt[dtype])
                if dtype == "float32":
                    table.line(path, dtype, error(ours, want), None, 1e-5)
                    continue
                theirs = compute(hf[dtype])
                ratio = rms(ours, want) / rms(theirs, want)
                table.line(path, dtype, error(ours, want), error(theirs, want), 2 * error(theirs, want), f"root mean square {ratio:.2f} of HF's", ratio <= 1.1)

        for pad, rule in ("none", "arange"), ("right", "arange"), ("right", "mask"), ("left", "arange"), ("left", "mask"):
            if path := wanted("embed", *((pad, rule) if pad != "none" else ())):
                compare(path, lambda m: m.embed(rows, adapter, pad, rule))
        if path := wanted("score"):
            compare(path, lambda m: m.score(scored, adapter))

        plain = functools.cache(lambda m: m.embed(rows, adapter, "none", "arange"))
        chosen = functools.cache(lambda m: m.generate(rows, adapter, a.new))
        for batch in 1, 3, 8:
            if not (path := wanted("generate", f"batch {batch}")):
                continue
            reference = hf["float32"]
            want = chosen(reference)
            for dtype in xpt:
                got = xpt[dtype].generate(rows, adapter, a.new, batch)
                ours, note = reference.regret(rows, adapter, got), f"{same(got, want)} rows have HF's ids"
                if dtype == "float32":
                    table.line(path, dtype, ours, None, 1e-5, note, got == want)
                    continue
                own = chosen(hf[dtype])
                # Two scores that are off by as much as HuggingFace's, one up and one down, may change places.
                most = 2 * error(plain(hf[dtype]), plain(reference))
                table.line(path, dtype, ours, reference.regret(rows, adapter, own), most, f"{note}, HF's own {same(own, want)}")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("xpt")
    p.add_argument("checkpoints", nargs="*", default=[os.path.join(HERE, name) for name in ("gelu", "relu")])
    p.add_argument("--rows", type=int, default=32)
    p.add_argument("--length", type=int, default=24)
    p.add_argument("--new", type=int, default=12)
    p.add_argument("--only", default="")
    a = p.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    table = Table()
    for checkpoint in a.checkpoints:
        with tempfile.TemporaryDirectory() as folder, torch.no_grad():
            verify(checkpoint, a, folder, table)
    sys.exit(table.failed)


if __name__ == "__main__":
    main()
