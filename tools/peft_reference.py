#!/usr/bin/env python3
"""Writes the references for Perk4J's adapters: what Hugging Face PEFT computes with an adapter of each type on small models.

    python tools/peft_reference.py plugins

reads the models of plugins/model-gpt2, model-llama and model-qwen2, and gives in plugins/adapter-TYPE/src/test/resources/MODEL-VARIANT
the adapter as PEFT saves it and reference.json with the adapted model's logits, computed in float64. That PEFT reads
what Perk4J writes is tested by AdapterContract (docs/plugins.md). Needs torch, transformers, peft and safetensors.
"""
import argparse
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from peft import (AdaLoraConfig, IA3Config, LNTuningConfig, LoHaConfig, LoKrConfig, LoraConfig, OFTConfig, PeftModel,
                  PrefixTuningConfig, PromptEncoderConfig, PromptTuningConfig, VeraConfig, get_peft_model)
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

PROMPTS = [[5, 17, 96, 0, 3], [42, 7], [8, 8, 30, 71, 2, 64, 11, 90, 13]]
BASES = {base: f"model-{base}/src/test/resources/{base}" for base in ("gpt2", "llama", "qwen2")}
# For each type and variant the models that PEFT has it for, and the configuration.
VARIANTS = {
    "lora": {
        "plain": dict(gpt2=LoraConfig(r=3, lora_alpha=6, target_modules=["c_attn", "c_fc"], fan_in_fan_out=True),
                      llama=LoraConfig(r=3, use_rslora=True, target_modules="all-linear"),
                      qwen2=LoraConfig(r=3, target_modules=["q_proj", "down_proj"], rank_pattern={"down_proj": 2})),
        "all-biases": dict(gpt2=LoraConfig(r=2, bias="all", target_modules=["c_attn"], fan_in_fan_out=True),
                           qwen2=LoraConfig(r=2, bias="all", target_modules=["q_proj", "down_proj"])),
        "own-biases": dict(gpt2=LoraConfig(r=2, bias="lora_only", target_modules=["c_attn"], fan_in_fan_out=True),
                           qwen2=LoraConfig(r=2, bias="lora_only", target_modules=["q_proj", "k_proj"])),
        "modules": dict(gpt2=LoraConfig(r=2, modules_to_save=["ln_f", "c_fc"], target_modules=["c_attn"], fan_in_fan_out=True),
                        llama=LoraConfig(r=2, modules_to_save=["norm", "lm_head"], target_modules=["q_proj"])),
        # Converted to plain LoRA when saved, with the factors as they began beside it.
        "pissa": dict(gpt2=LoraConfig(r=3, lora_alpha=6, init_lora_weights="pissa", target_modules=["c_attn"], fan_in_fan_out=True),
                      llama=LoraConfig(r=3, init_lora_weights="pissa", use_rslora=True, target_modules=["q_proj", "down_proj"]),
                      qwen2=LoraConfig(r=3, init_lora_weights="pissa", target_modules=["q_proj", "down_proj"])),
        # Not for GPT-2: PEFT takes its layers' weights for what they are not.
        "olora": dict(llama=LoraConfig(r=3, lora_alpha=6, init_lora_weights="olora", target_modules=["q_proj", "down_proj"]),
                      qwen2=LoraConfig(r=3, init_lora_weights="olora", target_modules=["q_proj", "down_proj"])),
    },
    "ia3": {
        "outputs": dict(gpt2=IA3Config(target_modules=["c_attn"], feedforward_modules=[], fan_in_fan_out=True),
                        llama=IA3Config(target_modules=["k_proj", "v_proj"], feedforward_modules=[]),
                        qwen2=IA3Config(target_modules=["k_proj", "v_proj"], feedforward_modules=[])),
        "inputs": dict(gpt2=IA3Config(target_modules=["c_attn", "mlp.c_proj"], feedforward_modules=["mlp.c_proj"], fan_in_fan_out=True),
                       llama=IA3Config(target_modules=["k_proj", "down_proj"], feedforward_modules=["down_proj"]),
                       qwen2=IA3Config(target_modules=["k_proj", "down_proj"], feedforward_modules=["down_proj"])),
        "modules": dict(gpt2=IA3Config(target_modules=["c_attn"], feedforward_modules=[], modules_to_save=["ln_f"], fan_in_fan_out=True),
                        llama=IA3Config(target_modules=["k_proj"], feedforward_modules=[], modules_to_save=["norm", "lm_head"])),
    },
    "dora": {
        "plain": dict(gpt2=LoraConfig(use_dora=True, r=3, lora_alpha=6, target_modules=["c_attn", "c_fc"], fan_in_fan_out=True),
                      llama=LoraConfig(use_dora=True, r=3, lora_alpha=6, target_modules=["q_proj", "down_proj"]),
                      qwen2=LoraConfig(use_dora=True, r=3, lora_alpha=6, target_modules=["q_proj", "down_proj"])),
        "with-weights": dict(gpt2=LoraConfig(use_dora=True, r=2, bias="lora_only", modules_to_save=["ln_f"], target_modules=["c_attn"],
                                             fan_in_fan_out=True)),
        "rank-stabilised": dict(llama=LoraConfig(use_dora=True, use_rslora=True, r=2, lora_alpha=3, target_modules="all-linear")),
    },
    "adalora": {
        "plain": dict(gpt2=AdaLoraConfig(init_r=3, total_step=9, target_modules=["c_attn", "c_fc"], fan_in_fan_out=True),
                      llama=AdaLoraConfig(init_r=3, total_step=9, bias="all", target_modules=["q_proj", "down_proj"])),
        # After PEFT's own choice of ranks.
        "pruned": dict(gpt2=AdaLoraConfig(init_r=4, target_r=2, total_step=9, target_modules=["c_attn"], fan_in_fan_out=True),
                       qwen2=AdaLoraConfig(init_r=4, target_r=3, total_step=9, lora_alpha=6, bias="lora_only",
                                           target_modules=["q_proj", "down_proj"])),
    },
    "oft": {
        "plain": dict(llama=OFTConfig(oft_block_size=4, target_modules=["q_proj", "down_proj"]),
                      qwen2=OFTConfig(r=2, oft_block_size=0, bias="oft_only", num_cayley_neumann_terms=4, target_modules=["q_proj"])),
        "shared": dict(llama=OFTConfig(oft_block_size=8, block_share=True, target_modules=["k_proj", "up_proj"])),
    },
    "vera": {
        "plain": dict(gpt2=VeraConfig(r=3, save_projection=True, target_modules=["c_attn", "mlp.c_proj"], fan_in_fan_out=True),
                      llama=VeraConfig(r=3, save_projection=True, target_modules=["q_proj", "k_proj", "down_proj"]),
                      qwen2=VeraConfig(r=3, save_projection=True, target_modules=["q_proj", "k_proj", "down_proj"])),
        "all-biases": dict(gpt2=VeraConfig(r=3, save_projection=True, bias="all", target_modules=["c_attn"], fan_in_fan_out=True)),
        "with-weights": dict(qwen2=VeraConfig(r=3, save_projection=True, bias="vera_only", modules_to_save=["norm"],
                                              target_modules=["q_proj", "down_proj"])),
    },
    "norms": {
        "plain": dict(gpt2=LNTuningConfig(target_modules=["ln_1", "ln_f"]),
                      llama=LNTuningConfig(target_modules=["input_layernorm", "norm"]),
                      qwen2=LNTuningConfig(target_modules=["input_layernorm", "norm"])),
    },
    "loha": {
        "plain": {base: LoHaConfig(r=3, alpha=5, target_modules=["q_proj", "gate_proj"]) for base in ("llama", "qwen2")},
        "modules": dict(llama=LoHaConfig(r=2, alpha=5, modules_to_save=["norm", "lm_head"], target_modules=["q_proj"])),
    },
    "lokr": {
        "plain": {base: LoKrConfig(r=2, alpha=5, target_modules=["q_proj", "gate_proj"]) for base in ("llama", "qwen2")},
        "modules": dict(llama=LoKrConfig(r=2, alpha=5, modules_to_save=["norm", "lm_head"], target_modules=["q_proj"])),
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


def model(folder, dtype=torch.float64):
    return AutoModelForCausalLM.from_pretrained(folder, dtype=dtype).eval()


def is_part_of_base(config):
    return getattr(config, "init_lora_weights", None) in ("pissa", "olora")


@torch.no_grad()
def adapted(base, config, initial):
    torch.manual_seed(1)
    config.task_type = "CAUSAL_LM"
    adapter = get_peft_model(base, config)
    if is_part_of_base(config):
        config.init_lora_weights = True  # what was taken from the base is not to be taken again
        adapter.save_pretrained(initial)
    adapter = adapter.double().eval()
    for parameter in adapter.parameters():
        if parameter.requires_grad:  # away from a start that does nothing; what is saved is float32
            parameter.copy_((parameter + torch.randn_like(parameter) * 0.2).float())
    if getattr(config, "target_r", None) and config.target_r < config.init_r:
        choose_ranks(adapter, config)
    return adapter


def choose_ranks(adapter, config):
    for parameter in adapter.parameters():
        if parameter.requires_grad:
            parameter.grad = torch.randn_like(parameter)
    for step in range(1, config.total_step + 1):
        adapter.base_model.update_and_allocate(step)


def save(adapter, folder, initial):
    if not initial:
        adapter.save_pretrained(folder)
    else:
        adapter.float().save_pretrained(folder, path_initial_model_for_weight_conversion=initial)
        (initial / "adapter_model.safetensors").rename(folder / "initial.safetensors")
    weights = folder / "adapter_model.safetensors"  # in float64 where PEFT saves what an encoder yields
    save_file({name: tensor.float().contiguous() for name, tensor in load_file(weights).items()}, weights, {"format": "pt"})
    (folder / "README.md").unlink(missing_ok=True)
    saved = json.loads((folder / "adapter_config.json").read_text())
    saved["base_model_name_or_path"] = None
    for key in ("target_modules", "feedforward_modules", "modules_to_save"):  # sets: their order would change from run to run
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
    options = arguments.parse_args()
    for type_, variants in VARIANTS.items():
        for variant, configs in variants.items():
            for base, config in configs.items():
                if options.only in ("", type_):
                    folder = options.plugins / f"adapter-{type_}/src/test/resources/{base}-{variant}"
                    with TemporaryDirectory() as temporary:
                        initial = Path(temporary) / "pissa_init" if is_part_of_base(config) else None
                        dtype = torch.float32 if initial else torch.float64  # that of PEFT's decompositions
                        adapter = adapted(model(options.plugins / BASES[base], dtype), config, initial)
                        save(adapter, folder, initial)
                    write_reference(PeftModel.from_pretrained(model(options.plugins / BASES[base]), folder).double().eval(), folder)


if __name__ == "__main__":
    main()
