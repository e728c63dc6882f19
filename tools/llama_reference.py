#!/usr/bin/env python3
"""Writes the references for Perk4J's Llama and the families that descend from it: small random models with LoRA, and what
Hugging Face transformers and PEFT compute with them.

    python tools/llama_reference.py plugins

gives each family a folder for each variant, or for those whose names follow, among the test's resources of its plugin: with
the model as transformers saves it and reference.json with its hidden states, logits and greedy continuations, and for those
in WITH_LORA in lora/ an adapter with what adapter_reference.py gives. All is computed from the weights as saved,
in float64 but for rotary angles and root mean squares, which Hugging Face always has in float32. Needs torch, transformers,
peft and safetensors.
"""
import json
import sys
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import (AutoModelForCausalLM, Gemma2Config, Gemma3TextConfig, LlamaConfig, MistralConfig, Olmo2Config,
                          Phi3Config, Qwen2Config, Qwen3Config, SmolLM3Config)

import adapter_reference
from model_reference import sequence

PROMPTS = [[5, 17, 36, 0, 3], [30, 4], [8, 8, 30, 21, 2, 24, 11, 9, 13]]  # of different lengths

SIZES = dict(vocab_size=37, hidden_size=16, intermediate_size=24, num_hidden_layers=2, max_position_embeddings=64,
             bos_token_id=0, eos_token_id=0)
LLAMA3 = dict(rope_type="llama3", rope_theta=50.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
              original_max_position_embeddings=32)  # of the four angles one stays, one lies between, two are divided
YARN = dict(rope_type="yarn", rope_theta=50.0, factor=4.0, original_max_position_embeddings=16, beta_fast=2.0, beta_slow=0.5)
NEAR_AND_FAR = dict(sliding_attention=dict(rope_type="default", rope_theta=100.0),
                    full_attention=dict(rope_type="linear", rope_theta=5000.0, factor=8.0))
UNPADDED = dict(SIZES, pad_token_id=None)
LONGROPE = dict(rope_type="longrope", rope_theta=50.0, partial_rotary_factor=0.75, short_factor=[1.0, 1.5, 3.0],
                long_factor=[2.0, 5.0, 9.0])

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
    "qwen2-window": (Qwen2Config(num_attention_heads=4, num_key_value_heads=2, use_sliding_window=True, sliding_window=3,
                                 max_window_layers=1, **SIZES), torch.float32),
    "qwen3": (Qwen3Config(num_attention_heads=4, num_key_value_heads=2, head_dim=6, tie_word_embeddings=True, **SIZES),
              torch.bfloat16),
    "qwen3-window": (Qwen3Config(num_attention_heads=2, num_key_value_heads=2, head_dim=8, attention_bias=True,
                                 use_sliding_window=True, sliding_window=4, max_window_layers=1, **SIZES), torch.float32),
    "mistral": (MistralConfig(num_attention_heads=4, num_key_value_heads=2, head_dim=6, sliding_window=4, **SIZES),
                torch.float32),
    "mistral-whole": (MistralConfig(num_attention_heads=2, num_key_value_heads=1, sliding_window=None,
                                    tie_word_embeddings=True, **SIZES), torch.bfloat16),
    "gemma2": (Gemma2Config(num_attention_heads=4, num_key_value_heads=2, head_dim=6, query_pre_attn_scalar=9,
                            sliding_window=4, attn_logit_softcapping=2.0, final_logit_softcapping=3.0, **UNPADDED),
               torch.float32),
    "gemma2-uncapped": (Gemma2Config(num_attention_heads=2, num_key_value_heads=1, head_dim=8, query_pre_attn_scalar=8,
                                     attention_bias=True, attn_logit_softcapping=None, final_logit_softcapping=None,
                                     tie_word_embeddings=False, **UNPADDED), torch.bfloat16),
    "gemma3": (Gemma3TextConfig(num_attention_heads=4, num_key_value_heads=2, head_dim=6, query_pre_attn_scalar=9,
                                sliding_window=4, layer_types=["sliding_attention", "full_attention"],
                                rope_parameters=NEAR_AND_FAR, **UNPADDED), torch.float32),
    "gemma3-older": (Gemma3TextConfig(num_attention_heads=2, num_key_value_heads=1, head_dim=8, query_pre_attn_scalar=8,
                                      sliding_window=3, layer_types=["sliding_attention", "full_attention"],
                                      rope_parameters=NEAR_AND_FAR, **UNPADDED), torch.bfloat16),
    "phi3": (Phi3Config(num_attention_heads=4, num_key_value_heads=2, sliding_window=4, **UNPADDED), torch.float32),
    "phi3-long": (Phi3Config(num_attention_heads=2, num_key_value_heads=1, rope_parameters=LONGROPE,
                             original_max_position_embeddings=40, **dict(UNPADDED, max_position_embeddings=160)),
                  torch.bfloat16),
    "olmo2": (Olmo2Config(num_attention_heads=4, num_key_value_heads=2, **UNPADDED), torch.float32),
    "olmo2-biased": (Olmo2Config(num_attention_heads=2, num_key_value_heads=1, attention_bias=True, tie_word_embeddings=True,
                                 rope_parameters=YARN, **UNPADDED), torch.bfloat16),
    "smollm3": (SmolLM3Config(num_attention_heads=4, num_key_value_heads=2, no_rope_layer_interval=2, **UNPADDED),
                torch.float32),
    "smollm3-window": (SmolLM3Config(num_attention_heads=2, num_key_value_heads=1, no_rope_layers=[0, 1],
                                     use_sliding_window=True, sliding_window=4, attention_bias=True, mlp_bias=True,
                                     tie_word_embeddings=False, rope_parameters=YARN, **UNPADDED), torch.bfloat16),
}
WITH_LORA = ("llama", "qwen", "mistral", "gemma")
PLUGINS = {"gemma3_text": "gemma3"}  # the others are named as the model's type


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
    if "full_attention" in rope:
        saved["rope_local_base_freq"] = rope["sliding_attention"]["rope_theta"]
        saved["sliding_window_pattern"] = len(saved.pop("layer_types"))
        rope = rope["full_attention"]
    saved["rope_theta"] = rope.pop("rope_theta")
    if rope["rope_type"] == "longrope":
        saved["partial_rotary_factor"] = rope.pop("partial_rotary_factor")
        rope["type"] = rope.pop("rope_type")
        del rope["original_max_position_embeddings"]  # is beside it
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


def main(plugins, *names):
    for name, (config, dtype) in VARIANTS.items():
        if names and name not in names:
            continue
        plugin = PLUGINS.get(config.model_type, config.model_type)
        folder = plugins / f"model-{plugin}" / "src" / "test" / "resources" / name
        write_model(folder, config, dtype)
        if dtype != torch.float32:
            as_transformers_4_wrote_it(folder / "config.json")
        if name.startswith(WITH_LORA):
            write_adapter(read_model(folder), folder / "lora")
            adapted = PeftModel.from_pretrained(read_model(folder), folder / "lora").double()
            adapter_reference.write_reference(adapted, PROMPTS, folder / "lora")
        reference = [sequence(read_model(folder), prompt) for prompt in PROMPTS]
        (folder / "reference.json").write_text(json.dumps(dict(sequences=reference)) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
