#!/usr/bin/env python3
"""Asks a memory as `perk ask` does, with Hugging Face's transformers and PEFT in Perk4J's place.

    tools/peft_ask.py MEMORY QUESTION...

reads the memory as the PEFT adapter that it is, on the base that it names, and prints a line for each question: the answer that is
most likely, token by token. Needs torch, transformers and peft.
"""
import json
import sys
from pathlib import Path

import torch
from peft import PeftModel
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM

ANSWER_TOKENS = 64


def main(memory, questions):
    adapter = json.loads((memory / "adapter_config.json").read_text())
    base = Path(adapter["base_model_name_or_path"])
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base), memory).eval()
    spans = json.loads((memory / "perk4j.json").read_text())["provenance"]["spans"]
    end = model.config.eos_token_id
    for question in questions:
        prompt = f"You have memorized {len(spans) - 1} documents.\n{question.strip()}\nAnswer:"
        tokens = tokenizer.encode(prompt).ids
        length = len(tokens)
        with torch.no_grad():
            while len(tokens) - length < ANSWER_TOKENS:
                likeliest = model(input_ids=torch.tensor([tokens])).logits[0, -1].argmax().item()
                if likeliest == end:
                    break
                tokens.append(likeliest)
        print(" ".join(tokenizer.decode(tokens[length:]).split()))


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), sys.argv[2:])
