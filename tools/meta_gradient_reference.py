#!/usr/bin/env python3
"""Reference values for the meta-gradient: PyTorch's autograd through all inner steps (create_graph), in float64.

A tiny GPT-2 (the forward pass below is checked against Hugging Face transformers first) with LoRA on every linear layer,
a token weighting network and learned per-tensor-per-step learning rates. Writes the weights, the meta-parameters, the
episode and the meta-gradients by SGD and AdamW with 0, 2 and 4 of 4 steps unrolled as test resources of objective-perk.
Needs torch, transformers and safetensors.
"""
import json
import math
import pathlib
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from transformers import GPT2Config, GPT2Model

OUT = pathlib.Path(__file__).resolve().parent.parent / "plugins/objective-perk/src/test/resources/reference"
LAYERS, WIDTH, HEADS, VOCABULARY, POSITIONS, RANK, ALPHA, STEPS, UNITS = 2, 16, 2, 31, 24, 3, 4.0, 4, 8
SITES = (("attn.c_attn", 3), ("attn.c_proj", 1), ("mlp.c_fc", 4), ("mlp.c_proj", 1))

torch.manual_seed(0)
torch.set_default_dtype(torch.float64)
config = GPT2Config(vocab_size=VOCABULARY, n_positions=POSITIONS, n_embd=WIDTH, n_layer=LAYERS, n_head=HEADS,
                    attn_pdrop=0, embd_pdrop=0, resid_pdrop=0, attn_implementation="eager")
model = GPT2Model(config).double().eval()
for p in model.parameters():  # larger than the usual initial values, so that curvature matters; float32 as in the file
    p.data = (p.data + 0.2 * torch.randn_like(p)).float().double()
weights = {f"transformer.{k}": v.detach() for k, v in model.state_dict().items()}


def hidden(ids, adapter):
    """The last hidden states of one segment."""
    w = weights
    x = w["transformer.wte.weight"][ids] + w["transformer.wpe.weight"][: len(ids)]
    norm = lambda x, name: F.layer_norm(x, (WIDTH,), w[name + ".weight"], w[name + ".bias"])
    for layer in range(LAYERS):
        h = f"transformer.h.{layer}."

        def linear(x, site):
            y = x @ w[h + site + ".weight"] + w[h + site + ".bias"]
            if adapter is None:
                return y
            a, b = (adapter[f"base_model.model.{h}{site}.lora_{half}.weight"] for half in "AB")
            return y + ALPHA / math.sqrt(RANK) * (x @ a.T) @ b.T

        q, k, v = (z.view(len(ids), HEADS, -1).transpose(0, 1) for z in linear(norm(x, h + "ln_1"), "attn.c_attn").split(WIDTH, -1))
        scores = q @ k.transpose(1, 2) / math.sqrt(WIDTH // HEADS)
        scores = scores.masked_fill(torch.triu(torch.ones_like(scores, dtype=torch.bool), 1), -math.inf)
        x = x + linear((scores.softmax(-1) @ v).transpose(0, 1).reshape(len(ids), WIDTH), "attn.c_proj")
        x = x + linear(F.gelu(linear(norm(x, h + "ln_2"), "mlp.c_fc"), approximate="tanh"), "mlp.c_proj")
    return norm(x, "transformer.ln_f")


probe = torch.randint(VOCABULARY, (11,))
assert torch.allclose(hidden(probe, None), model(probe[None]).last_hidden_state[0], rtol=1e-10), "not GPT-2"


def token_losses(h, ids):
    return F.cross_entropy(h[:-1] @ weights["transformer.wte.weight"].T, ids[1:], reduction="none")


def context_loss(adapter, weighting, segments):
    total, positions = 0, 0
    for ids, unscored in segments:
        h = hidden(ids, adapter)
        inner = F.gelu(h @ weighting["fc1.weight"].T + weighting["fc1.bias"][0])
        weight = F.softplus(inner @ weighting["fc2.weight"].T + weighting["fc2.bias"][0], beta=3)[1:, 0]
        scored = torch.arange(1, len(ids)) >= unscored
        total, positions = total + (token_losses(h, ids) * weight * scored).sum(), positions + len(ids) - 1
    return total / positions


def answer_loss(adapter, answers):
    losses = torch.cat([token_losses(hidden(ids, adapter), ids)[unscored - 1:] for ids, unscored in answers])
    return losses.mean()


def update(optimizer, p, g, state, rate, step):
    if optimizer == "sgd":
        return p - rate * g, state
    m, v = 0.9 * state[0] + 0.1 * g, 0.95 * state[1] + 0.05 * g * g
    zero = v == 0
    root = torch.where(zero, 0.0, torch.where(zero, 1.0, v).sqrt())
    return (p * (1 - rate * 0.01) - rate * (m / (1 - 0.9 ** step)) / (root / math.sqrt(1 - 0.95 ** step) + 1e-8)), (m, v)


def text(length, unscored):
    return torch.randint(VOCABULARY, (length,)), unscored


segments = [text(n, u) for n, u in ((9, 3), (12, 2), (5, 1), (14, 3), (7, 0))]
answers = [text(n, u) for n, u in ((10, 7), (13, 9), (8, 6))]
single = lambda *shape, std: (torch.randn(*shape) * std).float().double()
meta = {}
for layer in range(LAYERS):
    for site, outputs in SITES:
        inputs = WIDTH * 4 if site == "mlp.c_proj" else WIDTH
        name = f"adapter.base_model.model.transformer.h.{layer}.{site}.lora_"
        meta[name + "A.weight"] = single(RANK, inputs, std=0.3)
        meta[name + "B.weight"] = single(outputs * WIDTH, RANK, std=0.2)
for name in list(meta):
    meta["rates." + name[len("adapter."):]] = single(STEPS, 1, std=0.005) + 0.02
meta["weighting.fc1.weight"], meta["weighting.fc1.bias"] = single(UNITS, WIDTH, std=0.3), single(1, UNITS, std=0.3)
meta["weighting.fc2.weight"], meta["weighting.fc2.bias"] = single(1, UNITS, std=0.3), single(1, 1, std=0.3)
meta = {k: v.float().double().requires_grad_() for k, v in meta.items()}
under = lambda prefix: {k[len(prefix):]: v for k, v in meta.items() if k.startswith(prefix)}

OUT.mkdir(parents=True, exist_ok=True)
save_file({k: v.float().contiguous() for k, v in weights.items()}, OUT / "model.safetensors")
config.save_pretrained(OUT)
save_file({k: v.detach().float() for k, v in meta.items()}, OUT / "meta.safetensors")
case = dict(rank=RANK, alpha=ALPHA, steps=STEPS, units=UNITS, losses={},
            segments=[dict(tokens=t.tolist(), unscored=u) for t, u in segments],
            answers=[dict(tokens=t.tolist(), unscored=u) for t, u in answers])
for optimizer in ("sgd", "adamw"):
    for unroll in (0, 2, 4):
        adapter, rates = under("adapter."), under("rates.")
        state = {k: (torch.zeros_like(p), torch.zeros_like(p)) for k, p in adapter.items()}
        for t in range(STEPS):
            differentiated = t >= STEPS - unroll
            at = adapter if differentiated else {k: p.detach().requires_grad_() for k, p in adapter.items()}
            gradients = torch.autograd.grad(context_loss(at, under("weighting."), segments), list(at.values()),
                                            create_graph=differentiated)
            for (k, p), g in zip(list(adapter.items()), gradients):
                adapter[k], state[k] = update(optimizer, p, g, state[k], rates[k][t, 0], t + 1)
        loss = answer_loss(adapter, answers)
        found = torch.autograd.grad(loss, list(meta.values()), allow_unused=True)
        case["losses"][f"{optimizer}-{unroll}"] = loss.item()
        save_file({k: (torch.zeros_like(p) if g is None else g).detach().contiguous() for (k, p), g in zip(meta.items(), found)},
                  OUT / f"gradient-{optimizer}-{unroll}.safetensors")
(OUT / "case.json").write_text(json.dumps(case, indent=1) + "\n")
print(case["losses"])
