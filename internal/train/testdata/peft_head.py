"""Writes peft-head/: adapters of the mini checkpoint with a head, as PEFT saves them, and what HF says with them.

    python peft_head.py

transformers has no XGLM with a classifier: the head is a module of the base model that modules_to_save names."""

import json
import pathlib
import shutil

import peft
import torch
from transformers import XGLMModel

here = pathlib.Path(__file__).resolve().parent
checkpoint = here.parents[2] / "testdata/mini/checkpoint"
rows = [[2, 5, 9, 14, 200], [2, 77, 31], [2, 8]]
prompt = dict(num_virtual_tokens=2, num_attention_heads=4)
kinds = {  # by folder: the adapter, and whether the head has a bias, as a token classifier's; a sequence classifier's has none
    "classifier": (peft.PrefixTuningConfig, prompt, True),
    "score": (peft.PromptTuningConfig, prompt, False),
    "lora": (peft.LoraConfig, dict(r=2, lora_alpha=1, target_modules=["q_proj", "fc2"]), True),
}
expected = {}
for kind, (config, settings, bias) in kinds.items():
    head = "classifier" if bias else "score"
    torch.manual_seed(1)
    base = XGLMModel.from_pretrained(checkpoint, dtype=torch.float32)
    setattr(base, head, torch.nn.Linear(base.config.d_model, 3, bias=bias))
    base.config.id2label = {0: "neutral", 1: "entailment", 2: "contradiction"}
    base.config.label2id = {name: i for i, name in base.config.id2label.items()}
    model = peft.get_peft_model(base, config(task_type="FEATURE_EXTRACTION", modules_to_save=[head], **settings))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.requires_grad:
                parameter.normal_(0, 0.5)
    model.eval()
    folder = here / "peft-head" / kind
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    (folder / "config.json").write_text(json.dumps({"id2label": base.config.id2label}, indent=2) + "\n")
    path = folder / "adapter_config.json"
    config_text = json.loads(path.read_text())
    config_text["base_model_name_or_path"] = "mini"
    path.write_text(json.dumps(config_text, indent=2, sort_keys=True) + "\n")
    expected[kind] = []
    for ids in rows:
        with torch.no_grad():
            hidden = model(input_ids=torch.tensor([ids])).last_hidden_state[0, -1]
            expected[kind].append(getattr(model.base_model if config is not peft.LoraConfig else model.base_model.model, head)(hidden).softmax(-1).tolist())
(here / "peft-head" / "expected.json").write_text(json.dumps({"rows": rows, "probabilities": expected}) + "\n")
