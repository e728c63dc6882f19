#!/usr/bin/env python3
"""PyTorch's side of decode: greedy decoding with a KV cache, each sequence with a LoRA adapter of its own.

    pytorch_decode.py WORKLOAD [FOLDER]

WORKLOAD is a JSON object with decode's options as keys. The model is that of pytorch_peer.py, on their device. Its base weights
are kept in the layout that PyTorch multiplies faster at this number of rows, found by timing each shape; caches are allocated
once; the adapters of several sequences are applied by batched products. Prints what it measured as one JSON line; with FOLDER it
writes there instead what Perk4J is checked with: inputs.safetensors (weights, adapters, prompts) and, in float32 with products
as they are asked for and in float64, what was written and the scores of each token. Needs torch only.
"""
import json
import pathlib
import statistics
import sys

import torch
import torch.nn.functional as F

import pytorch_device
import reference


class Product:
    """x·weight, in the layout that is faster for so many rows."""

    def __init__(self, weight, rows, known):
        shape = tuple(weight.shape)
        transposed = weight.T.contiguous()
        if shape not in known:
            x = weight.new_ones(rows, shape[0])
            known[shape] = fastest(lambda: x @ weight, x.device) <= fastest(lambda: F.linear(x, transposed), x.device)
        self.weight, self.plain = (weight.contiguous(), True) if known[shape] else (transposed, False)

    def __call__(self, x):
        return x @ self.weight if self.plain else F.linear(x, self.weight)


def fastest(call, device):
    def seconds():
        start = pytorch_device.clock(device)
        call()
        return pytorch_device.clock(device) - start
    return min(seconds() for _ in range(12))


class Decoder:
    """adapters: of each linear layer in order, A and B of all sequences: sequences×inputs×rank, sequences×rank×outputs"""

    def __init__(self, model, adapters, sequences, capacity):
        self.model, self.adapters, self.sequences, c = model, adapters, sequences, model.c
        known = {}
        self.w = [{name: Product(weight, sequences, known) for name, weight in w.items()} for w in model.w]
        self.head = Product(model.emb.T, sequences, known)
        shape = (c["layers"], sequences, c["kv"], capacity, model.hd)
        self.keys, self.values = (model.emb.new_zeros(shape) for _ in "kv")

    def linear(self, layer, name, x):
        """x: sequences×tokens×inputs"""
        w, scale = self.w[layer], self.model.scale
        a, b = self.adapters[layer * len(w) + list(w).index(name)]
        b_, t, _ = x.shape
        base = w[name](x.view(b_ * t, -1))
        if b_ == 1:
            return torch.addmm(base, x[0] @ a[0], b[0], alpha=scale).view(1, t, -1)
        return torch.baddbmm(base.view(b_, t, -1), torch.bmm(x, a), b, alpha=scale)

    def rotated(self, x, past):
        h, t = self.model.hd // 2, x.shape[-2]
        cos, sin = self.model.cos[past:past + t], self.model.sin[past:past + t]
        return x * cos + torch.cat([-x[..., h:], x[..., :h]], -1) * sin

    def scores(self, ids, past):
        """Reads on: the scores of what follows each sequence."""
        model, c, (b, t) = self.model, self.model.c, ids.shape
        x = model.emb[ids]
        if c["arch"] == "gpt2":
            x = x + model.pos[past:past + t]
        for i in range(c["layers"]):
            y = model.norm(x)
            q, k, v = (self.linear(i, "qkv", y).split(c["d"], -1) if c["arch"] == "gpt2"
                       else (self.linear(i, name, y) for name in "qkv"))
            q, k, v = (z.view(b, t, -1, model.hd).transpose(1, 2) for z in (q, k, v))
            if c["arch"] != "gpt2":
                q, k = self.rotated(q, past), self.rotated(k, past)
            self.keys[i, :, :, past:past + t] = k
            self.values[i, :, :, past:past + t] = v
            a = F.scaled_dot_product_attention(q, self.keys[i, :, :, :past + t], self.values[i, :, :, :past + t],
                                               is_causal=t > 1, enable_gqa=c["heads"] != c["kv"])
            x = x + self.linear(i, "o", a.transpose(1, 2).reshape(b, t, -1))
            y = model.norm(x)
            x = x + (self.linear(i, "down", F.gelu(self.linear(i, "up", y), approximate="tanh")) if c["arch"] == "gpt2"
                     else self.linear(i, "down", F.silu(self.linear(i, "gate", y)) * self.linear(i, "up", y)))
        return self.head(model.norm(x[:, -1]))

    def write(self, prompts, count, each=lambda scores: None):
        """The likeliest tokens after the prompts; each is told the scores of every token written."""
        written, past, ids = [], 0, prompts
        for _ in range(count):
            scores = self.scores(ids, past)
            each(scores)
            past += ids.shape[1]
            ids = scores.argmax(-1, keepdim=True)
            written.append(ids)
        return torch.cat(written, 1)


def decoder(module, o, precision, capacity):
    preset = module.PRESETS[o["model"]]
    model = module.Model(preset, o["rank"], capacity, precision)
    if o["weights"] == "bfloat16":
        for matrix in (model.emb, model.pos, *(matrix for w in model.w for matrix in w.values())):
            matrix.copy_(matrix.bfloat16())
    g = torch.Generator().manual_seed(2)
    drawn = lambda like, deviation: (torch.randn(o["memories"], *like.shape, generator=g) * deviation).to(like)
    start = model.adapter0
    adapters = [(drawn(a, 0.02), drawn(b, 0.02)) for a, b in zip(start[::2], start[1::2])]
    prompts = torch.randint(preset["vocab"], (o["memories"], o["prompt"]), generator=g).to(o["device"])
    return model, Decoder(model, adapters, o["memories"], capacity), prompts


def check(module, o, folder):
    preset, inputs = module.PRESETS[o["model"]], {}
    for name, precision in (("float32", torch.float32), ("float64", torch.float64)):
        model, it, prompts = decoder(module, o, precision, o["prompt"] + o["tokens"])
        scores = []
        with reference.products(o["device"], o["products"] if precision == torch.float32 else "float64"):
            written = it.write(prompts, o["tokens"], scores.append)
        if not inputs:
            inputs |= {f"model.{key}": value for key, value in reference.weights(model).items()}
            for site, (a, b) in zip(reference.site_names(preset), it.adapters):
                for memory in range(o["memories"]):
                    for half, factor in (("A", a), ("B", b)):
                        inputs[f"memory{memory}.base_model.model.{site}.lora_{half}.weight"] = factor[memory].T
            inputs["prompts"] = prompts
            reference.save(folder / "inputs.safetensors", inputs, "F32", torch.float32)
        reference.save(folder / f"{name}.safetensors", {"scores": torch.cat(scores), "written": written}, "F64", torch.float64)


def main():
    o = json.loads(sys.argv[1])
    torch.set_num_threads(o["threads"])
    torch.set_flush_denormal(True)
    module = reference.load(o["device"])
    if len(sys.argv) > 2:
        with torch.no_grad():  # inference mode would hide the products within an operation from reference.Tfloat32
            return check(module, o, pathlib.Path(sys.argv[2]))
    with torch.inference_mode(), reference.products(o["device"], o["products"]):
        _, it, prompts = decoder(module, o, getattr(torch, o["peer_weights"]), o["prompt"] + o["tokens"])
        times = []
        for _ in range(o["warmup"] + o["repeats"]):
            start = pytorch_device.clock(o["device"])
            it.write(prompts, o["tokens"])
            times.append(pytorch_device.clock(o["device"]) - start)
    print(json.dumps({"seconds": statistics.median(times[o["warmup"]:])}))


main()
