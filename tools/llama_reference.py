#!/usr/bin/env python3
"""Writes the references for Perk4J's Llama and Qwen2: small random models with LoRA, and what Hugging Face transformers and
PEFT compute with them.

    python tools/llama_reference.py plugins/model-llama/src/test/resources

gives a folder for each variant, or for those whose names follow, with the model as transformers saves it and reference.json with its hidden states, logits and
greedy continuations, and in lora/ an adapter with what adapter_reference.py gives. All is computed from the weights as saved,
in float64 but for rotary angles and root mean squares, which Hugging Face always has in float32. Needs torch, transformers,
peft and safetensors.
"""
import json
import sys
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM, LlamaConfig, Qwen2Config

import adapter_reference
from model_reference import sequence

PROMPTS = [[5, 17, 36, 0, 3], [30, 4], [8, 8, 30, 21, 2, 24, 11, 9, 13]]  # of different lengths

SIZES = dict(vocab_size=37, hidden_size=16, intermediate_size=24, num_hidden_layers=2, max_position_embeddings=64,
             bos_token_id=0, eos_token_id=0)
LLAMA3 = dict(rope_type="llama3", rope_theta=50.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
              original_max_position_embeddings=32)  # of the four angles one stays, one lies between, two are divided
YARN = dict(rope_type="yarn", rope_theta=50.0, factor=4.0, original_max_position_embeddings=16, beta_fast=2.0, beta_slow=0.5)

VARIANTS = {
    "llama": (LlamaConfig(num_attention_heads=4, num_key_value_heads=2, head_dim=8, rope_parameters=LLAMA3, **SIZES),
              torch.float32),
    "llama-tied": (LlamaConfig(num_attention_heads=4, num_key_value_heads=1, tie_word_embeddings=True,
                               rms_norm_eps=1e-5, **SIZES), torch.bfloat16),
    "llama-biased": (LlamaConfig(num_attention_heads=2, num_key_value_heads=2, attention_bias=True, mlp_bias=True,
                                 rope_parameters=dict(rope_type="linear", rope_theta=10000.0, factor=4.0), **SIZES),
                     torch.float16),
    "llama-yarn": (LlamaConfig(num_attention_heads=2, num_key_value_heads=1, rope_parameters=YARN, **SIZES), torch.float32),
    "qwen2": (Qwen2Config(num_attention_heads=4, num_key_value_heads=2, tie_word_embeddings=True,
                          rope_parameters=dict(rope_type="default", rope_theta=1e6), **SIZES), torch.bfloat16),
    "qwen2-untied": (Qwen2Config(num_attention_heads=2, num_key_value_heads=1, **SIZES), torch.float32),
}


@torch.no_grad()
def shaken(parameters):
    """A fresh model's biases are 0, its gains 1, and B of a fresh adapter is 0: any mistake would hide."""
    for parameter in parameters:
        parameter += torch.randn_like(parameter) * (0.1 if parameter.dim() == 1 else 0.3)


def write_model(folder, config, dtype):
    torch.manual_seed(20250709)
    model = AutoModelForCausalLM.from_config(config)
    shaken(model.parameters())
    model.to(dtype).save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)


def as_transformers_4_wrote_it(config):
    saved = json.loads(config.read_text())
    rope = saved.pop("rope_parameters")
    saved["rope_theta"] = rope.pop("rope_theta")
    saved["rope_scaling"] = None if rope == {"rope_type": "default"} else rope
    config.write_text(json.dumps(saved, indent=2) + "\n")


def read_model(folder):
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float64).eval()


def write_adapter(model, folder):
    torch.manual_seed(1)
    adapted = get_peft_model(model, LoraConfig(r=2, lora_alpha=3, task_type="CAUSAL_LM", target_modules=[
        "q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]))
    shaken(p for name, p in adapted.named_parameters() if "lora_" in name)
    adapter_reference.save(adapted.float(), folder)


def main(resources, *names):
    for name, (config, dtype) in VARIANTS.items():
        if names and name not in names:
            continue
        folder = resources / name
        write_model(folder, config, dtype)
        if dtype != torch.float32:
            as_transformers_4_wrote_it(folder / "config.json")
        write_adapter(read_model(folder), folder / "lora")
        adapted = PeftModel.from_pretrained(read_model(folder), folder / "lora").double()
        adapter_reference.write_reference(adapted, PROMPTS, folder / "lora")
        reference = [sequence(read_model(folder), prompt) for prompt in PROMPTS]
        (folder / "reference.json").write_text(json.dumps(dict(sequences=reference)) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
