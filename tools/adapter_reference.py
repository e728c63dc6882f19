#!/usr/bin/env python3
"""Writes the references for Perk4J's LoRA: what Hugging Face PEFT computes on the model of model_reference.py.

    python tools/adapter_reference.py plugins/model-gpt2/src/test/resources/gpt2

reads the model there and gives, in its folders lora/ and lora-rank-stabilised/, the adapter as PEFT saves it, reference.json
with the adapted model's logits, and gradients.safetensors: the gradient of the adapted model's mean loss by each of its
parameters, under the names that the files have, all computed in float64. With --load FOLDER it loads an adapter that Perk4J
wrote and fails on any missing or unexpected key. Needs torch, transformers, peft and safetensors.
"""
import argparse
import json
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import save_file
from torch.nn.functional import cross_entropy
from transformers import GPT2LMHeadModel

from model_reference import values

PROMPTS = [[5, 17, 96, 0, 3], [42, 7], [8, 8, 30, 71, 2, 64, 11, 90, 13]]
VARIANTS = {
    "lora": dict(use_rslora=False, target_modules=["c_attn"]),
    "lora-rank-stabilised": dict(use_rslora=True, target_modules=["c_attn", "c_proj", "c_fc"]),
}


def base(folder):
    return GPT2LMHeadModel.from_pretrained(folder).eval()


@torch.no_grad()
def adapted(model, variant):
    torch.manual_seed(1)
    config = LoraConfig(r=4, lora_alpha=6, lora_dropout=0.1, fan_in_fan_out=True, task_type="CAUSAL_LM", **variant)
    model = get_peft_model(model, config).eval()
    for name, weight in model.named_parameters():
        if "lora_B" in name:  # PEFT starts it at 0
            weight += torch.randn_like(weight) * 0.2
    return model


def save(adapted, folder):
    adapted.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    saved = json.loads((folder / "adapter_config.json").read_text())
    saved["base_model_name_or_path"] = None
    saved["target_modules"] = sorted(saved["target_modules"])  # a set: its order would change from run to run
    (folder / "adapter_config.json").write_text(json.dumps(saved, indent=2) + "\n")


def write_reference(adapted, prompts, folder):
    """What the adapted model computes, beside its adapter."""
    with torch.no_grad():
        sequences = [dict(tokens=p, logits=values(adapted(torch.tensor([p])).logits)) for p in prompts]
    (folder / "reference.json").write_text(json.dumps(dict(sequences=sequences)) + "\n")
    save_file(gradients(adapted, prompts), folder / "gradients.safetensors")


def gradients(adapted, prompts):
    """Of the mean over all tokens that have a predecessor."""
    for parameter in adapted.parameters():
        parameter.requires_grad_(True)
    for prompt in prompts:
        ids = torch.tensor([prompt])
        loss = cross_entropy(adapted(ids).logits[0, :-1], ids[0, 1:], reduction="sum")
        (loss / sum(len(p) - 1 for p in prompts)).backward()
    return {saved_name(name): p.grad.float().contiguous() for name, p in adapted.named_parameters()}


def saved_name(name):
    name = name.replace(".default.", ".").replace(".base_layer.", ".")
    return name if "lora_" in name else name.removeprefix("base_model.model.")


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
        save(model, folder)
        write_reference(model.double(), PROMPTS, folder)


if __name__ == "__main__":
    main()
