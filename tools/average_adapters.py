#!/usr/bin/env python3
"""The average of trained adapters, which often generalizes better than each of them (Wortsman et al., Model soups, ICML 2022).

    tools/average_adapters.py OUTPUT ADAPTER=WEIGHT ADAPTER=WEIGHT ...

They must have been trained on from one another, or from a common one. All else is the first one's. Needs safetensors and NumPy.
"""
import argparse
import pathlib
import shutil

from safetensors import safe_open
from safetensors.numpy import load_file, save_file

TENSORS = ("meta.safetensors", "adapter_model.safetensors")


def weighted(argument):
    folder, _, weight = argument.rpartition("=")
    return pathlib.Path(folder), float(weight)


def average(file, adapters):
    total = sum(weight for _, weight in adapters)
    parts = [(load_file(folder / file), weight / total) for folder, weight in adapters]
    first = parts[0][0]
    if any(tensors.keys() != first.keys() for tensors, _ in parts):
        raise SystemExit(f"{file}: the adapters have different tensors: average those of one training")
    return {name: sum(weight * tensors[name].astype("float64") for tensors, weight in parts).astype(first[name].dtype)
            for name in first}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("adapters", type=weighted, nargs="+", metavar="ADAPTER=WEIGHT")
    options = parser.parse_args()
    averages = {file: average(file, options.adapters) for file in TENSORS}
    first = options.adapters[0][0]
    shutil.copytree(first, options.output, ignore=shutil.ignore_patterns("checkpoints"))
    for file, tensors in averages.items():
        with safe_open(first / file, "numpy") as of_first:
            save_file(tensors, options.output / file, of_first.metadata())


if __name__ == "__main__":
    main()
