#!/usr/bin/env python3
"""Makes the fixtures beside it again: python make.py (torch, transformers, peft, safetensors).

sorts.*          one state dict with every element type and every kind of view, as each format holds it;
sorts.json       the names, types, shapes and values that a reader must find in it
xglm/*           one tiny random XGLM in each layout that HF or its users have written
adapters/*       a PEFT adapter of each kind for that XGLM, some with a task head
"""
import collections, json, os, shutil

import torch
from peft import PrefixTuningConfig, PromptEncoderConfig, PromptTuningConfig, get_peft_model
from safetensors.torch import save_file
from transformers import XGLMConfig, XGLMForCausalLM, XGLMModel
from transformers.models.xglm.modeling_xglm import XGLMPreTrainedModel

HERE = os.path.dirname(os.path.abspath(__file__))
os.chdir(HERE)


def sorts():
    base = torch.arange(24, dtype=torch.float32).reshape(4, 6) / 4
    shared = torch.arange(12, dtype=torch.float16)
    d = collections.OrderedDict()
    d["f64"] = torch.tensor([1 / 3, -2.5, 1e300], dtype=torch.float64)
    d["f32"] = torch.tensor([[1 / 3, -2.5], [3e38, 1e-45]])
    d["f16"] = torch.tensor([65504.0, -6e-8, 0.1], dtype=torch.float16)
    d["bf16"] = torch.tensor([3e38, -1e-40, 0.1], dtype=torch.bfloat16)
    d["i64"] = torch.tensor([-(2**63), 2**63 - 1])
    d["i32"] = torch.tensor([-(2**31), 2**31 - 1], dtype=torch.int32)
    d["i16"] = torch.tensor([-(2**15), 2**15 - 1], dtype=torch.int16)
    d["i8"] = torch.tensor([-128, 127], dtype=torch.int8)
    d["u8"] = torch.tensor([0, 255], dtype=torch.uint8)
    d["bool"] = torch.tensor([True, False, True])
    d["scalar"] = torch.tensor(7.25)
    d["empty"] = torch.zeros(0, 3)
    d["whole"] = base
    d["row"] = base[2]
    d["transposed"] = base.t()
    d["strided"] = base[::2, 1::2]
    d["column"] = base[:, 3]
    d["expanded"] = torch.tensor([[1.5], [2.5]]).expand(2, 3)
    d["shared.a"] = shared
    d["shared.b"] = shared
    d["shared.tail"] = shared[5:].reshape(7, 1)
    d["permuted"] = torch.arange(24, dtype=torch.int16).reshape(2, 3, 4).permute(2, 0, 1)
    d["parameter"] = torch.nn.Parameter(torch.tensor([1.0, 2.0]))
    d["größe \"q\" \\ <é>"] = torch.tensor([1, 2, 3])
    return d


def nested(flat):
    """The same tensors below dicts, lists and tuples, among things that are none."""
    tagged = torch.tensor([4.0])
    tagged.note = "a tensor with an attribute"
    return {
        "epoch": 3, "loss": 0.25, "none": None, "big": 2**80, "negative": -5, "flag": True, "size": flat["f32"].shape,
        "state": collections.OrderedDict(flat), "list": [flat["f32"], {"deep": (flat["i8"], flat["bf16"])}],
        7: flat["u8"], "empty": {}, "tagged": tagged,
    }


def described(flat):
    def values(t):
        if t.dtype in (torch.bfloat16, torch.float16):
            t = t.float()
        return [repr(v) if isinstance(v, float) else str(int(v)) for v in t.detach().reshape(-1).tolist()]
    return {k: dict(dtype=str(t.dtype)[6:], shape=list(t.shape), values=values(t)) for k, t in flat.items()}


def write_sorts():
    flat = sorts()
    deep = nested(flat)
    json.dump(described(flat), open("sorts.json", "w"), indent=0)
    extra = {"state." + k: v for k, v in flat.items()}
    extra |= {"list.0": flat["f32"], "list.1.deep.0": flat["i8"], "list.1.deep.1": flat["bf16"], "7": flat["u8"], "tagged": deep["tagged"]}
    json.dump(described(extra), open("nested.json", "w"), indent=0)
    for protocol in (2, 3, 4, 5):
        torch.save(flat, f"sorts_p{protocol}.bin", pickle_protocol=protocol)
        torch.save(flat, f"sorts_legacy_p{protocol}.bin", pickle_protocol=protocol, _use_new_zipfile_serialization=False)
    torch.save(deep, "nested.bin")
    torch.save(deep, "nested_legacy.bin", _use_new_zipfile_serialization=False)
    save_file({k: v.detach().clone(memory_format=torch.contiguous_format) for k, v in flat.items()}, "sorts.safetensors", {"format": "pt"})
    torch.save(torch.nn.Linear(1, 1), "module.bin")
    torch.save(torch.zeros(2), "tensor.bin")


def write_xglm():
    shutil.rmtree("xglm", ignore_errors=True)
    torch.manual_seed(0)
    config = XGLMConfig(vocab_size=24, d_model=8, ffn_dim=16, num_layers=2, attention_heads=2, max_position_embeddings=16)
    model = XGLMForCausalLM(config)
    for p in model.parameters():
        torch.nn.init.normal_(p, std=0.2)
    model = model.half()

    def folder(name):
        os.makedirs("xglm/" + name)
        config.save_pretrained("xglm/" + name)
        return "xglm/" + name + "/"

    model.save_pretrained("xglm/safetensors")
    model.save_pretrained("xglm/safetensors_shards", max_shard_size="1KB")
    tied = model.state_dict()  # holds lm_head.weight, which is the embedding
    bare = collections.OrderedDict((k, v) for k, v in tied.items() if k != "lm_head.weight")
    torch.save(bare, folder("bin") + "pytorch_model.bin")
    torch.save(tied, folder("bin_tied") + "pytorch_model.bin")
    torch.save(model.model.state_dict(), folder("bin_no_prefix") + "pytorch_model.bin")
    torch.save(tied, folder("bin_legacy") + "pytorch_model.bin", _use_new_zipfile_serialization=False)
    torch.save({"epoch": 1, "state_dict": {"module." + k: v for k, v in tied.items()}}, folder("bin_wrapped") + "pytorch_model.bin")
    old = collections.OrderedDict(tied)
    old["model.embed_positions.weights"] = torch.zeros(18, 8, dtype=torch.float16)
    torch.save(old, folder("bin_old_positions") + "pytorch_model.bin")
    head_only = collections.OrderedDict((k, v) for k, v in tied.items() if k != "model.embed_tokens.weight")
    torch.save(head_only, folder("bin_head_only") + "pytorch_model.bin")
    untied = collections.OrderedDict(tied)
    untied["lm_head.weight"] = tied["lm_head.weight"] + 1
    torch.save(untied, folder("bin_untied") + "pytorch_model.bin")

    shards = folder("bin_shards")
    names = list(tied)
    weight_map = {}
    for i, part in enumerate((names[:17], names[17:])):
        file = f"pytorch_model-0000{i + 1}-of-00002.bin"
        torch.save(collections.OrderedDict((k, tied[k]) for k in part), shards + file)
        weight_map |= {k: file for k in part}
    json.dump({"metadata": {"total_size": 0}, "weight_map": weight_map}, open(shards + "pytorch_model.bin.index.json", "w"), indent=2)


def write_beside():
    """The weights of xglm/safetensors among what trainings leave beside them, and in types that they are not computed in."""
    torch.manual_seed(0)
    model = XGLMForCausalLM.from_pretrained("xglm/safetensors")
    weights = {k: v for k, v in model.state_dict().items() if k != "lm_head.weight"}

    def folder(name):
        shutil.rmtree("xglm/" + name, ignore_errors=True)
        os.makedirs("xglm/" + name)
        shutil.copy("xglm/safetensors/config.json", "xglm/" + name)
        return "xglm/" + name + "/pytorch_model.bin"

    few = [model.model.layer_norm.weight, model.model.layer_norm.bias]
    optimizer = torch.optim.AdamW(few)
    sum(p.square().sum() for p in few).backward()
    optimizer.step()
    with torch.no_grad():  # the step is undone: the weights are those of xglm/safetensors
        for name in ("model.layer_norm.weight", "model.layer_norm.bias"):
            weights[name] = XGLMForCausalLM.from_pretrained("xglm/safetensors").state_dict()[name]
    torch.save({"epoch": 1, "state_dict": weights, "optimizer_states": [optimizer.state_dict()], "rng": torch.zeros(4, dtype=torch.uint16)}, folder("bin_training"))
    torch.save({"pretrained_model." + k: v for k, v in weights.items()} | {"v_head.summary.weight": torch.ones(1, 8), "v_head.summary.bias": torch.ones(1)}, folder("bin_value_head"))
    torch.save({k: v.to(torch.float8_e4m3fn) if v.dim() == 2 else v for k, v in weights.items()}, folder("bin_float8"))


class Tagger(XGLMPreTrainedModel):
    """What a user writes around XGLM, since HF has no such class; PEFT finds the head by its name."""

    def __init__(self, config, head):
        super().__init__(config)
        self.model = XGLMModel(config)
        setattr(self, head, torch.nn.Linear(config.d_model, 3, bias=head == "classifier"))
        self.post_init()

    def forward(self, input_ids=None, labels=None, return_dict=None, **kwargs):
        return self.model(input_ids=input_ids, **kwargs)


def write_adapters():
    shutil.rmtree("adapters", ignore_errors=True)
    shape = dict(num_virtual_tokens=5, num_attention_heads=2)
    kinds = {
        "prompt": PromptTuningConfig(prompt_tuning_init="RANDOM", **shape),
        "prefix": PrefixTuningConfig(**shape),
        "prefix_projection": PrefixTuningConfig(prefix_projection=True, encoder_hidden_size=6, **shape),
        "ptuning_mlp": PromptEncoderConfig(encoder_hidden_size=6, **shape),
        "ptuning_lstm": PromptEncoderConfig(encoder_hidden_size=6, encoder_reparameterization_type="LSTM", encoder_num_layers=1, **shape),
        "prompt_score": PromptTuningConfig(prompt_tuning_init="RANDOM", task_type="SEQ_CLS", **shape),
        "prefix_classifier": PrefixTuningConfig(task_type="TOKEN_CLS", **shape),
    }
    expected, hidden = {}, {}
    rows = torch.tensor([[2, 5, 6, 7, 8, 9], [2, 9, 10, 11, 1, 1]])  # the second is padded on the right
    for name, config in kinds.items():
        torch.manual_seed(1)
        head = {"SEQ_CLS": "score", "TOKEN_CLS": "classifier"}.get(config.task_type)
        # float32 from the start: transformers would round the table of positions to the file's float16
        args = dict(dtype=torch.float32)
        base = Tagger.from_pretrained("xglm/safetensors", head, **args) if head else XGLMForCausalLM.from_pretrained("xglm/safetensors", **args)
        base.name_or_path = "xglm/safetensors"
        config.task_type = config.task_type or "CAUSAL_LM"
        model = get_peft_model(base, config)
        for file, safe in (("", True), ("_bin", False)):
            model.save_pretrained("adapters/" + name + file, safe_serialization=safe)
            os.remove(f"adapters/{name}{file}/README.md")
        tensors = {"prompt_embeddings": model.get_prompt_embedding_to_save("default").detach()}
        if head:
            module = getattr(model.base_model, head).modules_to_save["default"]
            tensors |= {f"{head}.{k}": v.detach() for k, v in module.named_parameters()}
        expected[name] = described(tensors)
        with torch.no_grad():  # the prompt's own positions, which PROMPT_TUNING and P_TUNING put out too, are cut off
            states = model.eval()(input_ids=rows, attention_mask=(rows != 1).long(), output_hidden_states=True).hidden_states
        hidden[name] = torch.stack(states)[:, :, -rows.shape[1]:].contiguous()  # [L + 1, row, token, d]
    json.dump(expected, open("adapters/expected.json", "w"), indent=0)
    save_file(hidden, "adapters/hidden.safetensors", {"format": "pt"})

    # As PEFT 0.3 wrote it: .bin alone, and fewer fields.
    shutil.copytree("adapters/prompt_bin", "adapters/prompt_old")
    config = json.load(open("adapters/prompt_old/adapter_config.json"))
    for key in ("auto_mapping", "modules_to_save", "peft_version", "revision", "tokenizer_kwargs", "num_attention_heads", "num_layers"):
        config.pop(key, None)
    json.dump(config, open("adapters/prompt_old/adapter_config.json", "w"))


if __name__ == "__main__":
    write_sorts()
    write_xglm()
    write_beside()
    write_adapters()
