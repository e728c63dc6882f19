#!/usr/bin/env python3
"""Writes the references for Perk4J's adapters: what Hugging Face PEFT computes with an adapter of each type on small models.

    python tools/peft_reference.py plugins

reads the models of plugins/model-gpt2, model-llama and model-qwen2, and gives in plugins/adapter-TYPE/src/test/resources/MODEL-VARIANT
the adapter as PEFT saves it and reference.json with the adapted model's logits, computed in float64. With --load FOLDER it loads an
adapter that Perk4J wrote and fails on any missing or unexpected key. Needs torch, transformers, peft and safetensors.
"""
import argparse
import json
import warnings
from pathlib import Path

import torch
from peft import (IA3Config, LNTuningConfig, LoHaConfig, LoKrConfig, LoraConfig, PeftModel, PrefixTuningConfig, PromptEncoderConfig,
                  PromptTuningConfig, VeraConfig, get_peft_model)
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

PROMPTS = [[5, 17, 96, 0, 3], [42, 7], [8, 8, 30, 71, 2, 64, 11, 90, 13]]
BASES = {base: f"model-{base}/src/test/resources/{base}" for base in ("gpt2", "llama", "qwen2")}
# For each type and variant the models that PEFT has it for, and the configuration.
VARIANTS = {
    "ia3": {
        "outputs": dict(gpt2=IA3Config(target_modules=["c_attn"], feedforward_modules=[], fan_in_fan_out=True),
                        llama=IA3Config(target_modules=["k_proj", "v_proj"], feedforward_modules=[])),
        "inputs": dict(gpt2=IA3Config(target_modules=["c_attn", "mlp.c_proj"], feedforward_modules=["mlp.c_proj"], fan_in_fan_out=True),
                       llama=IA3Config(target_modules=["k_proj", "down_proj"], feedforward_modules=["down_proj"])),
    },
    "dora": {
        "plain": dict(gpt2=LoraConfig(use_dora=True, r=3, lora_alpha=6, target_modules=["c_attn", "c_fc"], fan_in_fan_out=True),
                      llama=LoraConfig(use_dora=True, r=3, lora_alpha=6, target_modules=["q_proj", "down_proj"])),
        "rank-stabilised": dict(llama=LoraConfig(use_dora=True, use_rslora=True, r=2, lora_alpha=3, target_modules="all-linear")),
    },
    "vera": {
        "plain": dict(gpt2=VeraConfig(r=3, save_projection=True, target_modules=["c_attn", "mlp.c_proj"], fan_in_fan_out=True),
                      llama=VeraConfig(r=3, save_projection=True, target_modules=["q_proj", "k_proj", "down_proj"])),
    },
    "norms": {
        "plain": dict(gpt2=LNTuningConfig(target_modules=["ln_1", "ln_f"]),
                      llama=LNTuningConfig(target_modules=["input_layernorm", "norm"])),
    },
    "loha": {
        "plain": dict(llama=LoHaConfig(r=3, alpha=5, target_modules=["q_proj", "gate_proj"])),
    },
    "lokr": {
        "plain": dict(llama=LoKrConfig(r=2, alpha=5, target_modules=["q_proj", "gate_proj"])),
        "decomposed": dict(llama=LoKrConfig(r=1, alpha=3, decompose_both=True, decompose_factor=4, target_modules=["k_proj", "up_proj"])),
    },
    "prefix": {
        "plain": {base: PrefixTuningConfig(num_virtual_tokens=3) for base in BASES},
        "projected": dict(llama=PrefixTuningConfig(num_virtual_tokens=2, prefix_projection=True, encoder_hidden_size=6)),
    },
    "prompt": {
        "plain": {base: PromptTuningConfig(num_virtual_tokens=3) for base in BASES},
        "encoded": {base: PromptEncoderConfig(num_virtual_tokens=2, encoder_hidden_size=6) for base in BASES},  # P-tuning
    },
}


def model(folder):
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float64).eval()


@torch.no_grad()
def adapted(base, config):
    torch.manual_seed(1)
    config.task_type = "CAUSAL_LM"
    adapter = get_peft_model(base, config).double().eval()
    for parameter in adapter.parameters():
        if parameter.requires_grad:  # away from a start that does nothing; what is saved is float32
            parameter.copy_((parameter + torch.randn_like(parameter) * 0.2).float())
    return adapter


def save(adapter, folder):
    adapter.save_pretrained(folder)
    weights = folder / "adapter_model.safetensors"  # in float64 where PEFT saves what an encoder yields
    save_file({name: tensor.float().contiguous() for name, tensor in load_file(weights).items()}, weights, {"format": "pt"})
    (folder / "README.md").unlink(missing_ok=True)
    saved = json.loads((folder / "adapter_config.json").read_text())
    saved["base_model_name_or_path"] = None
    for key in ("target_modules", "feedforward_modules"):  # sets: their order would change from run to run
        if isinstance(saved.get(key), list):
            saved[key] = sorted(saved[key])
    (folder / "adapter_config.json").write_text(json.dumps(saved, indent=2) + "\n")


@torch.no_grad()
def write_reference(adapter, folder):
    prompts = [[token % adapter.get_base_model().config.vocab_size for token in prompt] for prompt in PROMPTS]
    sequences = [dict(tokens=p, logits=adapter(torch.tensor([p])).logits[0, -len(p):].flatten().tolist()) for p in prompts]
    (folder / "reference.json").write_text(json.dumps(dict(sequences=sequences)) + "\n")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("plugins", type=Path)
    arguments.add_argument("--only", default="", help="a type")
    arguments.add_argument("--load", type=Path, help="an adapter that Perk4J wrote, for --base")
    arguments.add_argument("--base", choices=BASES)
    options = arguments.parse_args()
    if options.load:
        warnings.simplefilter("error")
        PeftModel.from_pretrained(model(options.plugins / BASES[options.base]), options.load)
        return
    for type_, variants in VARIANTS.items():
        for variant, configs in variants.items():
            for base, config in configs.items():
                if options.only in ("", type_):
                    folder = options.plugins / f"adapter-{type_}/src/test/resources/{base}-{variant}"
                    adapter = adapted(model(options.plugins / BASES[base]), config)
                    save(adapter, folder)
                    write_reference(PeftModel.from_pretrained(model(options.plugins / BASES[base]), folder).double().eval(), folder)


if __name__ == "__main__":
    main()
