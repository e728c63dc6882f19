#!/usr/bin/env python3
"""Writes the references for Perk4J's inner optimizers: a few steps of torch.optim in float64.

    python tools/optimizer_reference.py plugins

gives reference.json among the test resources of optimizer-sgd and optimizer-adamw. Needs torch only.
"""
import json
import sys
from pathlib import Path

import torch

ROWS, COLUMNS = 3, 4
RATES = [0.01, 0.003, -0.002, 0.05]  # learned rates may be of either sign


def steps(make, decay):
    torch.manual_seed(2)
    parameter = torch.nn.Parameter(torch.randn(ROWS, COLUMNS, dtype=torch.float64))
    optimizer = make([parameter], decay)
    found = dict(weightDecay=decay, start=parameter.flatten().tolist(), steps=[])
    for rate in RATES:
        parameter.grad = torch.randn(ROWS, COLUMNS, dtype=torch.float64) * 0.3
        parameter.grad[0, 0] = 0  # an entry whose second moment stays exactly 0
        optimizer.param_groups[0]["lr"] = rate
        optimizer.step()
        found["steps"].append(dict(rate=rate, gradient=parameter.grad.flatten().tolist(),
                                   parameter=parameter.flatten().tolist()))
    return found


OPTIMIZERS = {
    "sgd": lambda parameters, decay: torch.optim.SGD(parameters, lr=1, weight_decay=decay),
    "adamw": lambda parameters, decay: torch.optim.AdamW(parameters, lr=1, betas=(0.9, 0.95), eps=1e-8,
                                                         weight_decay=decay),
}

if __name__ == "__main__":
    for name, make in OPTIMIZERS.items():
        target = Path(sys.argv[1]) / f"optimizer-{name}" / "src/test/resources/reference.json"
        target.parent.mkdir(parents=True, exist_ok=True)
        runs = [steps(make, decay) for decay in (0.0, 0.1)]
        target.write_text(json.dumps(dict(rows=ROWS, columns=COLUMNS, runs=runs)) + "\n")
