"""The peer of benchmarks/start: one answer from a memory of Perk4J's, by transformers and PEFT.

    python transformers_answer.py BASE MEMORY QUESTION
"""
import logging
import sys

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast

DOCUMENTS = 3
TOKENS = 64


def main():
    base, memory, question = sys.argv[1:]
    logging.disable()
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=f"{base}/tokenizer.json")
    model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base, torch_dtype=torch.float32), memory).eval()
    prompt = f"You have memorized {DOCUMENTS} documents.\n{question}\nAnswer:"
    ids = torch.tensor([tokenizer(prompt, add_special_tokens=False).input_ids])
    with torch.inference_mode():
        answer = model.generate(input_ids=ids, attention_mask=torch.ones_like(ids), max_new_tokens=TOKENS, do_sample=False)
    print(tokenizer.decode(answer[0, ids.shape[1]:], skip_special_tokens=True).strip())


main()
