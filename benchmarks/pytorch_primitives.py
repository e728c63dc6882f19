#!/usr/bin/env python3
"""PyTorch's side of primitives: one operation, by the name that Primitives.java gives it, timed in this process.

    pytorch_primitives.py '{"name": "layerNorm", "rows": 1024, …, "threads": 2, "warmup": 3, "iterations": 5, "seconds": 1}'

Prints one JSON line: the mean microseconds of a call in each iteration. Needs torch only.
"""
import json
import sys
import time

import torch
import torch.nn.functional as F
from torch.func import jvp, vjp
from torch.nn.attention import SDPBackend, sdpa_kernel

EPSILON = 1e-5


class Primitives:
    """Gradients are those of a graph that forward has recorded: PyTorch computes them from what it saved then."""

    def __init__(self, rows, segment, heads, size, vocabulary):
        torch.manual_seed(1)
        columns, self.heads, self.size, self.segment = heads * size, heads, size, segment
        new = torch.randn
        self.hidden, self.gradient = new(rows, columns), new(rows, columns)
        self.gain, self.bias = new(columns), new(columns)
        self.wide, self.wide_gradient, self.wide_bias = new(rows, 4 * columns), new(rows, 4 * columns), new(4 * columns)
        self.weight = new(columns, 4 * columns)
        self.packed, self.packed_tangent = new(rows, 3 * columns), new(rows, 3 * columns)
        self.gradient_tangent = new(rows, columns)
        self.head, self.targets = new(vocabulary, columns), torch.randint(vocabulary, (rows,))
        angles = torch.outer(torch.arange(segment).float(), 10000 ** (-torch.arange(0, size, 2).float() / size))
        self.cos, self.sin = (torch.cat([f(angles)] * 2, -1) for f in (torch.cos, torch.sin))

    def split(self, packed):
        return (part.view(-1, self.segment, self.heads, self.size).transpose(1, 2) for part in packed.chunk(3, -1))

    def attend(self, packed):
        out = F.scaled_dot_product_attention(*self.split(packed), is_causal=True)
        return out.transpose(1, 2).reshape(packed.shape[0], -1)

    def rms_norm(self, x, gain):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + EPSILON) * gain

    def rope(self, x):
        first, second = x.chunk(2, -1)
        return x * self.cos + torch.cat([-second, first], -1) * self.sin

    def loss_and_slope(self):
        hidden = self.hidden.detach().requires_grad_()
        losses = F.cross_entropy(hidden @ self.head.T, self.targets, reduction="none")
        return losses, torch.autograd.grad(losses.sum(), hidden)

    def backward(self, function, gradient, *inputs):
        """Of a graph recorded now, once."""
        inputs = [value.detach().requires_grad_() for value in inputs]
        output = function(*inputs)
        return lambda: torch.autograd.grad(output, inputs, gradient, retain_graph=True)

    def attention_gradient(self, packed, gradient):
        return vjp(self.attend, packed)[1](gradient)[0]

    def named(self, name):
        """What is to be timed, with what has to be ready for it."""
        layer_norm = lambda x, gain, bias: F.layer_norm(x, gain.shape, gain, bias, EPSILON)
        gelu = lambda x: F.gelu(x, approximate="tanh")
        tangents = (self.packed_tangent, self.gradient_tangent)
        return {
            "layerNorm": lambda: lambda: layer_norm(self.hidden, self.gain, self.bias),
            "layerNormGradient": lambda: self.backward(layer_norm, self.gradient, self.hidden, self.gain, self.bias),
            "rmsNorm": lambda: lambda: self.rms_norm(self.hidden, self.gain),
            "rmsNormGradient": lambda: self.backward(self.rms_norm, self.gradient, self.hidden, self.gain),
            "gelu": lambda: lambda: gelu(self.wide),
            "geluGradient": lambda: self.backward(gelu, self.wide_gradient, self.wide),
            "attention": lambda: lambda: self.attend(self.packed),
            "attentionTangent": lambda: lambda: jvp(self.attend, (self.packed,), (self.packed_tangent,)),
            "attentionGradient": lambda: self.backward(self.attend, self.gradient, self.packed),
            "attentionGradientTangent": lambda: lambda: jvp(self.attention_gradient, (self.packed, self.gradient), tangents),
            "tokenLoss": lambda: self.loss_and_slope,
            "linear": lambda: lambda: torch.addmm(self.wide_bias, self.hidden, self.weight),
            "matmul": lambda: lambda: self.wide @ self.weight.T,
            "rotate": lambda: lambda: [self.rope(part) for part in list(self.split(self.packed))[:2]],
        }[name]()


def mean_microseconds(call, seconds):
    calls, start = 0, time.perf_counter()
    while (taken := time.perf_counter() - start) < seconds or not calls:
        call()
        calls += 1
    return taken / calls * 1e6


def main():
    options = json.loads(sys.argv[1])
    torch.set_num_threads(options["threads"])
    primitives = Primitives(*(options[key] for key in ("rows", "segment", "heads", "size", "vocabulary")))
    # The fast kernels of attention have no forward mode.
    kernel = [SDPBackend.MATH] if options["name"].endswith("Tangent") else [SDPBackend.FLASH_ATTENTION, SDPBackend.MATH]
    with sdpa_kernel(kernel), torch.set_grad_enabled("Gradient" in options["name"] or options["name"] == "tokenLoss"):
        call = primitives.named(options["name"])
        times = [mean_microseconds(call, options["seconds"]) for _ in range(options["warmup"] + options["iterations"])]
    print(json.dumps(times[options["warmup"]:]))


main()
