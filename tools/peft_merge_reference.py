#!/usr/bin/env python3
"""Writes the references for what becomes of adapters when they are merged, or put together with weights: what Hugging Face PEFT makes
of those that tools/peft_reference.py wrote.

    python tools/peft_merge_reference.py plugins

gives beside each adapter of plugins/adapter-TYPE/src/test/resources that PEFT can merge merged.safetensors, the weights that
merge_and_unload changed, computed in float64; and in plugins/adapter-lora/src/test/resources/MODEL-weighted two adapters, first and
second, and of both at once by add_weighted_adapter(combination_type="cat") reference.json with the logits, and merged.safetensors.
Needs torch, transformers, peft and safetensors.
"""
import argparse
import json
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM

PROMPTS = [[5, 17, 96, 0, 3], [42, 7], [8, 8, 30, 71, 2, 64, 11, 90, 13]]
BASES = {base: f"model-{base}/src/test/resources/{base}" for base in ("gpt2", "llama", "qwen2")}
WEIGHTS = [0.7, -0.4]
PAIRS = {
    "gpt2": [LoraConfig(r=3, lora_alpha=6, target_modules=["c_attn", "c_fc"], fan_in_fan_out=True),
             LoraConfig(r=2, lora_alpha=5, use_rslora=True, target_modules=["c_attn", "mlp.c_proj"], fan_in_fan_out=True)],
    "llama": [LoraConfig(r=3, lora_alpha=6, target_modules=["q_proj", "down_proj"]),
              LoraConfig(r=2, lora_alpha=5, use_rslora=True, target_modules=["q_proj", "up_proj"])],
}


def model(folder):
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float64).eval()


def save_merged(adapted, folder, base):
    before = model(base).state_dict()
    after = adapted.merge_and_unload().state_dict()
    changed = {name: after[name].float().contiguous() for name in before if not torch.equal(before[name], after[name])}
    assert changed, folder
    save_file(changed, folder / "merged.safetensors", metadata={"format": "pt"})


def write_merged(folder, base):
    adapted = PeftModel.from_pretrained(model(base), folder).double().eval()
    if hasattr(adapted.base_model, "merge_and_unload"):  # virtual tokens can't be merged
        save_merged(adapted, folder, base)


@torch.no_grad()
def write_weighted(folder, base, configs):
    names = ["first", "second"]
    torch.manual_seed(2)
    for name, config in zip(names, configs):
        config.task_type = "CAUSAL_LM"
        adapter = get_peft_model(model(base), config, adapter_name=name)
        for parameter in adapter.parameters():
            if parameter.requires_grad:
                parameter.copy_(torch.randn_like(parameter) * 0.3)
        adapter.save_pretrained(folder)
        (folder / name / "README.md").unlink(missing_ok=True)
        (folder / "README.md").unlink(missing_ok=True)
        saved = json.loads((folder / name / "adapter_config.json").read_text())
        saved.update(base_model_name_or_path=None, target_modules=sorted(saved["target_modules"]))
        (folder / name / "adapter_config.json").write_text(json.dumps(saved, indent=2) + "\n")
    both = PeftModel.from_pretrained(model(base), folder / names[0], adapter_name=names[0])
    both.load_adapter(folder / names[1], adapter_name=names[1])
    both.add_weighted_adapter(names, WEIGHTS, "both", combination_type="cat")
    both.set_adapter("both")
    both = both.double().eval()
    prompts = [[token % both.get_base_model().config.vocab_size for token in prompt] for prompt in PROMPTS]
    sequences = [dict(tokens=p, logits=both(torch.tensor([p])).logits.flatten().tolist()) for p in prompts]
    (folder / "reference.json").write_text(json.dumps(dict(weights=WEIGHTS, sequences=sequences)) + "\n")
    save_merged(both, folder, base)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("plugins", type=Path)
    plugins = arguments.parse_args().plugins
    for file in sorted(plugins.glob("adapter-*/src/test/resources/*/adapter_config.json")):
        write_merged(file.parent, plugins / BASES[file.parent.name.split("-")[0]])
    for base, configs in PAIRS.items():
        write_weighted(plugins / f"adapter-lora/src/test/resources/{base}-weighted", plugins / BASES[base], configs)


if __name__ == "__main__":
    main()
