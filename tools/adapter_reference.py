#!/usr/bin/env python3
"""Writes the references for Perk4J's LoRA: what Hugging Face PEFT computes on the model of model_reference.py.

    python tools/adapter_reference.py plugins/model-gpt2/src/test/resources

reads the model in gpt2/ there and gives, in lora/ and lora-rank-stabilised/, the adapter as PEFT saves it and
reference.json with the adapted model's logits in float64. With --load FOLDER it loads an adapter that Perk4J wrote and
fails on any missing or unexpected key. Needs torch, transformers and peft.
"""
import argparse
import json
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import GPT2LMHeadModel

PROMPTS = [[5, 17, 96, 0, 3], [42, 7], [8, 8, 30, 71, 2, 64, 11, 90, 13]]
VARIANTS = {
    "lora": dict(use_rslora=False, target_modules=["c_attn"]),
    "lora-rank-stabilised": dict(use_rslora=True, target_modules=["c_attn", "c_proj", "c_fc"]),
}


def base(folder):
    return GPT2LMHeadModel.from_pretrained(folder / "gpt2").eval()


@torch.no_grad()
def adapted(model, variant):
    torch.manual_seed(1)
    config = LoraConfig(r=4, lora_alpha=6, lora_dropout=0.1, fan_in_fan_out=True, task_type="CAUSAL_LM", **variant)
    model = get_peft_model(model, config).eval()
    for name, weight in model.named_parameters():
        if "lora_B" in name:  # PEFT starts it at 0
            weight += torch.randn_like(weight) * 0.2
    return model


@torch.no_grad()
def logits(model, prompt):
    return dict(tokens=prompt, logits=model(torch.tensor([prompt])).logits.flatten().tolist())


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--load", type=Path)
    options = arguments.parse_args()
    if options.load:
        problems = PeftModel.from_pretrained(base(options.folder), options.load).load_adapter(options.load, "default")
        keys = [k for k in problems.missing_keys if "lora" in k] + list(problems.unexpected_keys)
        raise SystemExit(f"keys that don't match: {keys}" if keys else 0)
    for name, variant in VARIANTS.items():
        model, folder = adapted(base(options.folder), variant), options.folder / name
        model.save_pretrained(folder)
        (folder / "README.md").unlink(missing_ok=True)
        saved = json.loads((folder / "adapter_config.json").read_text())
        saved["base_model_name_or_path"] = None
        saved["target_modules"] = sorted(saved["target_modules"])  # a set: its order would change from run to run
        (folder / "adapter_config.json").write_text(json.dumps(saved, indent=2) + "\n")
        model = model.double()
        (folder / "reference.json").write_text(json.dumps(dict(sequences=[logits(model, p) for p in PROMPTS])) + "\n")


if __name__ == "__main__":
    main()
