#!/usr/bin/env python3
"""Writes what Hugging Face transformers makes of the parameters of YaRN and LongRoPE, the frequencies of rotary angles and
their magnitude.

    python tools/rotation_reference.py bundles/decoder/src/test/resources/rotation.json

Needs torch and transformers.
"""
import json
import sys
from pathlib import Path

import transformers
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

SIZES = dict(hidden_size=128, num_attention_heads=2, intermediate_size=8, num_hidden_layers=1, vocab_size=9)
SHORT = [1 + pair / 16 for pair in range(32)]
LONG = [1 + pair for pair in range(32)]

CASES = [
    # as Qwen2.5's notes have it
    dict(max_position_embeddings=32768, rope_theta=1e6,
         rope_scaling=dict(type="yarn", factor=4.0, original_max_position_embeddings=32768)),
    dict(max_position_embeddings=131072,
         rope_parameters=dict(rope_type="yarn", rope_theta=1e6, factor=4.0, original_max_position_embeddings=32768)),
    dict(max_position_embeddings=8192, rope_theta=1e4, rope_scaling=dict(rope_type="yarn", factor=2.0)),
    dict(max_position_embeddings=65536, rope_theta=1e4, rope_scaling=dict(
        rope_type="yarn", factor=16.0, original_max_position_embeddings=4096, beta_fast=16.0, beta_slow=2.0)),
    dict(max_position_embeddings=65536, rope_theta=1e4, rope_scaling=dict(
        rope_type="yarn", factor=16.0, original_max_position_embeddings=4096, attention_factor=1.5, truncate=False)),
    dict(max_position_embeddings=65536, rope_theta=1e4, rope_scaling=dict(
        rope_type="yarn", factor=16.0, original_max_position_embeddings=4096, mscale=0.7, mscale_all_dim=1.3)),
    dict(max_position_embeddings=65536, rope_theta=1e4, rope_scaling=dict(
        rope_type="yarn", factor=16.0, original_max_position_embeddings=4096, mscale=0.7)),
    dict(max_position_embeddings=64, rope_theta=50.0, rope_scaling=dict(  # both ends beyond the pairs
        rope_type="yarn", factor=8.0, original_max_position_embeddings=8)),
    # as Phi-3-mini-128k has it
    dict(max_position_embeddings=131072, original_max_position_embeddings=4096, rope_theta=1e4,
         rope_scaling=dict(type="longrope", short_factor=SHORT, long_factor=LONG)),
    dict(max_position_embeddings=131072, rope_parameters=dict(
        rope_type="longrope", rope_theta=1e4, original_max_position_embeddings=4096, factor=8.0, short_factor=SHORT,
        long_factor=LONG)),
    dict(max_position_embeddings=4096, rope_theta=1e4, rope_scaling=dict(
        rope_type="longrope", original_max_position_embeddings=4096, short_factor=SHORT, long_factor=LONG)),
    dict(max_position_embeddings=8192, rope_theta=1e4, rope_scaling=dict(
        rope_type="longrope", original_max_position_embeddings=4096, attention_factor=1.3, short_factor=SHORT,
        long_factor=LONG)),
]


def example(config):
    full = transformers.LlamaConfig(**SIZES, **json.loads(json.dumps(config)))
    frequencies, magnitude = ROPE_INIT_FUNCTIONS[full.rope_parameters["rope_type"]](full)
    return dict(config=config, frequencies=frequencies.double().tolist(), magnitude=magnitude)


def main(file):
    file.write_text(json.dumps(dict(madeWith=f"transformers {transformers.__version__}",
                                    cases=[example(config) for config in CASES])) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
