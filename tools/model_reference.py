#!/usr/bin/env python3
"""Writes the reference for Perk4J's GPT-2: a small random model and what Hugging Face transformers computes with it.

    python tools/model_reference.py plugins/model-gpt2/src/test/resources/gpt2

gives config.json, model.safetensors (float32) and reference.json, whose hidden states and logits come from running the
same weights in float64. Needs torch and transformers.
"""
import json
import sys
from pathlib import Path

import torch
from transformers import GPT2Config, GPT2LMHeadModel

PROMPTS = [[5, 17, 96, 0, 3], [42], [8, 8, 30, 71, 2, 64, 11, 90, 13]]  # of different lengths
GENERATED = 20


def small_model():
    torch.manual_seed(20250709)
    config = GPT2Config(vocab_size=97, n_positions=64, n_embd=32, n_layer=3, n_head=4, bos_token_id=0, eos_token_id=0)
    model = GPT2LMHeadModel(config).eval()
    with torch.no_grad():
        for name, weight in model.named_parameters():  # a fresh model's biases are 0, its gains 1: any mistake would hide
            weight += torch.randn_like(weight) * (0.05 if weight.dim() == 1 else 0.3)
    return model


def values(tensor):
    return tensor.flatten().tolist()


def greedy(model, prompt):
    ids = list(prompt)
    for _ in range(GENERATED):
        ids.append(int(model(torch.tensor([ids])).logits[0, -1].argmax()))
    return ids[len(prompt):]


@torch.no_grad()
def sequence(model, prompt):
    ids = torch.tensor([prompt])
    return dict(tokens=prompt, hidden=values(model.base_model(ids).last_hidden_state), logits=values(model(ids).logits),
                generated=greedy(model, prompt))


def main(folder):
    model = small_model()
    model.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    reference = [sequence(model.double(), prompt) for prompt in PROMPTS]
    (folder / "reference.json").write_text(json.dumps(dict(sequences=reference)) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
