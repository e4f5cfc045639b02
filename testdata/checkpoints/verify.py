#!/usr/bin/env python3
"""Checks that what xpt writes loads in transformers and PEFT: python verify.py path/to/xpt

Every XGLM layout beside this file is converted, as it is, to each type and to shards, and loaded by transformers, which
must find every tensor and none too many, with the values of the source in the type asked for. Every adapter is converted
and loaded by PEFT, and must give the hidden states that the source gives, and that xpt embed gives with it.
"""
import json, os, subprocess, sys, tempfile, warnings

import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import XGLMForCausalLM, XGLMModel
from transformers.utils import logging

warnings.filterwarnings("ignore")
logging.set_verbosity_error()
logging.disable_progress_bar()
HERE = os.path.dirname(os.path.abspath(__file__))
os.chdir(HERE)
XPT = os.path.abspath(sys.argv[1]) if os.sep in sys.argv[1] else sys.argv[1]


def convert(source, target, *flags):
    subprocess.run([XPT, "convert", *flags, source, target], check=True, stdout=subprocess.DEVNULL)
    return target


def check_checkpoints(folder):
    reference = XGLMForCausalLM.from_pretrained("xglm/safetensors", dtype="auto").state_dict()
    done = 0
    for layout in sorted(os.listdir("xglm")):
        for i, flags in enumerate(([], ["--dtype", "float32"], ["--dtype", "bfloat16"], ["--max-shard-size", "1KB"])):
            target = convert("xglm/" + layout, f"{folder}/{layout}{i}", *flags)
            model, info = XGLMForCausalLM.from_pretrained(target, dtype="auto", output_loading_info=True)
            assert not any(info.values()), (layout, flags, info)
            want = dict(reference)
            if layout == "bin_untied":
                want["lm_head.weight"] = want["model.embed_tokens.weight"] + 1
            dtype = getattr(torch, flags[1]) if "--dtype" in flags else torch.float16
            got = model.state_dict()
            assert got.keys() == want.keys(), (layout, got.keys() ^ want.keys())
            for name, tensor in want.items():
                assert got[name].dtype == dtype and torch.equal(got[name], tensor.to(dtype)), (layout, flags, name)
            done += 1
    print(f"{done} conversions of {len(os.listdir('xglm'))} layouts load in transformers with every value right")


def hidden(adapter, tensors):
    model = XGLMModel.from_pretrained("xglm/safetensors", dtype=torch.float32)
    config = json.load(open(adapter + "/adapter_config.json"))
    if config["task_type"] == "CAUSAL_LM":
        model = XGLMForCausalLM.from_pretrained("xglm/safetensors", dtype=torch.float32)
    elif tensors:
        name = next(n for n in tensors if n != "prompt_embeddings").split(".")[0]
        setattr(model, name, torch.nn.Linear(8, 3, bias=name == "classifier"))
    config.setdefault("num_attention_heads", 2)
    model = PeftModel.from_pretrained(model, adapter).eval()
    ids = torch.tensor([[2, 5, 6, 7, 8], [2, 9, 10, 1, 1]])
    with torch.no_grad():
        out = model(input_ids=ids, attention_mask=(ids != 1).long(), output_hidden_states=True)
    heads = {k: v for k, v in model.state_dict().items() if "modules_to_save" in k}
    return torch.stack(out.hidden_states), heads


def embedded(adapter, folder):
    """What xpt computes for the rows of hidden()."""
    ids, out = folder + "/ids.jsonl", folder + "/embedded.safetensors"
    with open(ids, "w") as f:
        for row, tokens in enumerate(([2, 5, 6, 7, 8], [2, 9, 10])):
            print(json.dumps({"id": str(row), "input_ids": tokens}), file=f)
    subprocess.run([XPT, "embed", "--checkpoint", "xglm/safetensors", "--adapter", adapter, "--ids", ids, "--layers", "all", "--dtype", "float32",
                    "--out", out], check=True, stdout=subprocess.DEVNULL)
    return load_file(out)


def check_adapters(folder):
    expected = json.load(open("adapters/expected.json"))
    for name, tensors in expected.items():
        for suffix in ("", "_bin"):
            source = f"adapters/{name}{suffix}"
            target = convert(source, f"{folder}/{name}{suffix}")
            (a, heads), (b, other) = hidden(source, len(tensors) > 1 and tensors), hidden(target, len(tensors) > 1 and tensors)
            assert torch.equal(a, b), name
            assert heads.keys() == other.keys() and all(torch.equal(heads[k], other[k]) for k in heads), name
            assert bool(heads) == (len(tensors) > 1), name
            got = embedded(target, folder)
            for row, length in enumerate((5, 3)):
                want = a[:, row, a.shape[2] - 5:][:, :length]
                for k, layer in enumerate(want):
                    assert (got[f"{row}.hidden.{k}"] - layer).abs().max() <= 1e-5 * layer.abs().max(), (name, row, k)
    print(f"{2 * len(expected)} adapters load in PEFT, with the hidden states and heads of their sources; xpt embed gives the same")


if __name__ == "__main__":
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        check_checkpoints(folder)
        check_adapters(folder)
