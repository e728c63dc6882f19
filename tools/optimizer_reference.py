#!/usr/bin/env python3
"""Writes the references for Perk4J's inner optimizers: a few steps of other implementations in float64.

    python tools/optimizer_reference.py plugins

gives reference.json among the test resources of optimizer-sgd, -adamw, -adafactor, -lion and -muon. Needs torch 2.9 or later.
"""
import inspect
import json
import sys
from pathlib import Path

import torch
from torch.optim import _muon

RATES = [0.01, 0.003, -0.002, 0.05]  # learned rates may be of either sign


class Lion(torch.optim.Optimizer):
    """The update of the code that the authors published (google/automl, lion/lion_pytorch.py)."""

    def __init__(self, parameters, lr, betas, weight_decay):
        super().__init__(parameters, dict(lr=lr, betas=betas, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                if not state:
                    state["exp_avg"] = torch.zeros_like(p)
                p.data.mul_(1 - group["lr"] * group["weight_decay"])
                exp_avg, (beta1, beta2) = state["exp_avg"], group["betas"]
                update = exp_avg * beta1 + p.grad * (1 - beta1)
                p.add_(torch.sign(update), alpha=-group["lr"])
                exp_avg.mul_(beta2).add_(p.grad, alpha=1 - beta2)


def without_bfloat16():
    """PyTorch's Muon orthogonalizes in bfloat16 whatever it is given."""
    source = inspect.getsource(_muon._zeropower_via_newtonschulz)
    assert "torch.bfloat16" in source
    exec(source.replace("torch.bfloat16", "torch.float64"), _muon.__dict__)


def steps(make, options, shape=(3, 4), name="a"):
    torch.manual_seed(2)
    parameter = torch.nn.Parameter(torch.randn(*shape, dtype=torch.float64))
    optimizer = make([parameter], options)
    rows, columns = (1, *shape)[-2:]
    found = dict(options=options, name=name, rows=rows, columns=columns, start=parameter.flatten().tolist(), steps=[])
    for rate in RATES if options.get("rates", "any") == "any" else map(abs, RATES):
        parameter.grad = torch.randn(*shape, dtype=torch.float64) * 0.3
        parameter.grad.view(-1)[0] = 0  # an entry whose second moment stays exactly 0
        optimizer.param_groups[0]["lr"] = rate
        optimizer.step()
        found["steps"].append(dict(rate=rate, gradient=parameter.grad.flatten().tolist(),
                                   parameter=parameter.flatten().tolist()))
    return found


def sgd(parameters, o):
    return torch.optim.SGD(parameters, lr=1, weight_decay=o["weightDecay"], momentum=o["momentum"], nesterov=o["nesterov"])


def adamw(parameters, o):
    return torch.optim.AdamW(parameters, lr=1, betas=(0.9, 0.95), eps=1e-8, weight_decay=o["weightDecay"])


def adafactor(parameters, o):
    return torch.optim.Adafactor(parameters, lr=1, d=o["clip"], weight_decay=o["weightDecay"])


def lion(parameters, o):
    return Lion(parameters, lr=1, betas=(0.9, 0.99), weight_decay=o["weightDecay"])


def muon(parameters, o):
    scale = {"ORIGINAL": "original", "MATCH_ADAMW": "match_rms_adamw"}[o["scale"]]
    return torch.optim.Muon(parameters, lr=1, nesterov=o["nesterov"], weight_decay=o["weightDecay"], adjust_lr_fn=scale)


def muon_others(parameters, o):
    return torch.optim.AdamW(parameters, lr=1, betas=(0.9, 0.95), eps=1e-10, weight_decay=o["weightDecay"])


def runs():
    yield "sgd", [steps(sgd, dict(weightDecay=decay, momentum=momentum, nesterov=nesterov)) for decay, momentum, nesterov in
                  ((0.0, 0.0, False), (0.1, 0.0, False), (0.0, 0.9, False), (0.1, 0.9, True))]
    yield "adamw", [steps(adamw, dict(weightDecay=decay)) for decay in (0.0, 0.1)]
    yield "adafactor", [steps(adafactor, dict(weightDecay=decay, clip=clip, rates="positive"), shape)
                        for decay, clip in ((0.0, 1.0), (0.1, 1.2)) for shape in ((3, 4), (5, 2), (6,))]
    yield "lion", [steps(lion, dict(weightDecay=decay)) for decay in (0.0, 0.1)]
    without_bfloat16()
    yield "muon", [steps(muon, dict(weightDecay=decay, nesterov=nesterov, scale=scale), shape)
                   for decay, nesterov, scale, shape in ((0.0, True, "ORIGINAL", (3, 4)), (0.1, True, "ORIGINAL", (5, 2)),
                                                         (0.1, False, "MATCH_ADAMW", (3, 4)))
                   ] + [steps(muon_others, dict(weightDecay=0.1, nesterov=True, scale="ORIGINAL"), *what)
                        for what in (((6,), "bias"), ((3, 4), "transformer.wte.weight"))]


if __name__ == "__main__":
    for optimizer, found in runs():
        target = Path(sys.argv[1]) / f"optimizer-{optimizer}" / "src/test/resources/reference.json"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(dict(runs=found)) + "\n")
