#!/usr/bin/env python3
"""Writes the references for Perk4J's Llama and Qwen2: small random models with LoRA, and what Hugging Face transformers and
PEFT compute with them.

    python tools/llama_reference.py plugins/model-llama/src/test/resources

gives a folder for each variant, with the model as transformers saves it, in lora/ the adapter as PEFT saves it,
reference.json with hidden states, logits and greedy continuations of the model and logits of the adapted one, and
gradients.safetensors: the gradient of the adapted model's mean loss by each of its parameters, under the names that the
files have. All is computed from the weights as saved, in float64 but for rotary angles and root mean squares, which Hugging
Face always has in float32. Needs torch, transformers, peft and safetensors.
"""
import json
import sys
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import save_file
from torch.nn.functional import cross_entropy
from transformers import AutoModelForCausalLM, LlamaConfig, Qwen2Config

from model_reference import greedy, values

PROMPTS = [[5, 17, 36, 0, 3], [30, 4], [8, 8, 30, 21, 2, 24, 11, 9, 13]]  # of different lengths

SIZES = dict(vocab_size=37, hidden_size=16, intermediate_size=24, num_hidden_layers=2, max_position_embeddings=64,
             bos_token_id=0, eos_token_id=0)
LLAMA3 = dict(rope_type="llama3", rope_theta=50.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
              original_max_position_embeddings=32)  # of the four angles one stays, one lies between, two are divided

VARIANTS = {
    "llama": (LlamaConfig(num_attention_heads=4, num_key_value_heads=2, head_dim=8, rope_parameters=LLAMA3, **SIZES),
              torch.float32),
    "llama-tied": (LlamaConfig(num_attention_heads=4, num_key_value_heads=1, tie_word_embeddings=True,
                               rms_norm_eps=1e-5, **SIZES), torch.bfloat16),
    "llama-biased": (LlamaConfig(num_attention_heads=2, num_key_value_heads=2, attention_bias=True, mlp_bias=True,
                                 rope_parameters=dict(rope_type="linear", rope_theta=10000.0, factor=4.0), **SIZES),
                     torch.float16),
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
    adapted.float().save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    saved = json.loads((folder / "adapter_config.json").read_text())
    saved["base_model_name_or_path"] = None
    saved["target_modules"] = sorted(saved["target_modules"])  # a set: its order would change from run to run
    (folder / "adapter_config.json").write_text(json.dumps(saved, indent=2) + "\n")


@torch.no_grad()
def sequence(model, adapted, prompt):
    ids = torch.tensor([prompt])
    return dict(tokens=prompt, hidden=values(model.model(ids).last_hidden_state), logits=values(model(ids).logits),
                generated=greedy(model, prompt), adapted=values(adapted(ids).logits))


def gradients(adapted):
    """Of the mean over all tokens that have a predecessor."""
    for parameter in adapted.parameters():
        parameter.requires_grad_(True)
    for prompt in PROMPTS:
        ids = torch.tensor([prompt])
        loss = cross_entropy(adapted(ids).logits[0, :-1], ids[0, 1:], reduction="sum")
        (loss / sum(len(p) - 1 for p in PROMPTS)).backward()
    return {saved_name(name): p.grad.float().contiguous() for name, p in adapted.named_parameters()}


def saved_name(name):
    name = name.replace(".default.", ".").replace(".base_layer.", ".")
    return name if "lora_" in name else name.removeprefix("base_model.model.")


def main(resources):
    for name, (config, dtype) in VARIANTS.items():
        folder = resources / name
        write_model(folder, config, dtype)
        if dtype != torch.float32:
            as_transformers_4_wrote_it(folder / "config.json")
        write_adapter(read_model(folder), folder / "lora")
        adapted = PeftModel.from_pretrained(read_model(folder), folder / "lora").double()
        reference = [sequence(read_model(folder), adapted, prompt) for prompt in PROMPTS]
        (folder / "reference.json").write_text(json.dumps(dict(sequences=reference)) + "\n")
        save_file(gradients(adapted), folder / "gradients.safetensors")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
