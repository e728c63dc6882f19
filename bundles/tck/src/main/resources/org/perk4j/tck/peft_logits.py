"""Computes with Hugging Face PEFT what adapters do: for each line of JSON on standard input one on standard output, with an error that
says why if PEFT doesn't read the adapter, or misses or has left over a tensor."""
import json
import sys
import warnings

answers, sys.stdout = sys.stdout, sys.stderr  # which libraries print to as they like


def logits(base, adapter, tokens):
    import torch
    from peft import PeftConfig, PeftModelForCausalLM
    from transformers import AutoModelForCausalLM

    warnings.filterwarnings("error", "Unexpected keyword arguments")
    config = PeftConfig.from_pretrained(adapter)
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float64)
    adapted = PeftModelForCausalLM(model, config)
    tensors = adapted.load_adapter(adapter, "default")
    if tensors.missing_keys:
        raise ValueError(f"tensors are missing: {tensors.missing_keys}")
    unexpected = set(tensors.unexpected_keys)
    if config.is_prompt_learning:
        unexpected.discard("prompt_embeddings")  # which is no tensor of the model's, but was read
    if unexpected:
        raise ValueError(f"tensors that PEFT knows nothing of: {unexpected}")
    adapted = adapted.double().eval()
    with torch.no_grad():
        return adapted(torch.tensor([tokens])).logits[0, -len(tokens):].flatten().tolist()


for line in sys.stdin:
    try:
        answer = dict(logits=logits(**json.loads(line)))
    except Exception as e:
        answer = dict(error=f"{type(e).__name__}: {e}")
    print(json.dumps(answer), file=answers, flush=True)
