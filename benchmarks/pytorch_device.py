#!/usr/bin/env python3
"""pytorch_peer.py, as it is, on a device of PyTorch's, with products of numbers in float32, or rounded to tfloat32 or, as
autocast does, to bfloat16; and what else runs on a device needs.

    pytorch_device.py cuda float32 --model gpt2 …

Behind these two come the options of pytorch_peer.py. Prints the same JSON line; on cuda memory is that of the device. To check
this without a GPU: on cpu the results are those of pytorch_peer.py; on meta, where tensors have no values, PyTorch refuses what
was left on the CPU. Needs torch only.
"""
import resource
import sys
import time
import types

import torch

import peer
import reference

# What the peer makes tensors with that aren't made from others.
MAKERS = ("arange", "full", "ones", "randint", "randn", "zeros")


def on(device, module):
    """What a module makes it makes on the device. Values are drawn on the CPU, as its generators are there: so they are the
    same everywhere. (PyTorch's default device would slow down each of its calls.)"""
    def moved(make):
        def made(*arguments, **options):
            tensor = make(*arguments, **options)
            return tensor.detach().to(device).requires_grad_(tensor.requires_grad)
        return made
    module.torch = types.ModuleType("torch")
    module.torch.__dict__.update(torch.__dict__, **{name: moved(getattr(torch, name)) for name in MAKERS})
    return module


def clock(device):
    """Seconds, once all is done that the device was asked for."""
    if torch.device(device).type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter()


def usage():
    """In place of resource.getrusage, which the peer calls first for its weights, then for the peak."""
    reads = iter((torch.cuda.memory_allocated, torch.cuda.max_memory_allocated))

    def getrusage(_):
        kibibytes = next(reads)() // 1024
        torch.cuda.reset_peak_memory_stats()
        return types.SimpleNamespace(ru_maxrss=kibibytes)
    return getrusage


def main():
    device, of, *options = sys.argv[1:]
    module = on(device, reference.load())
    module.time = types.SimpleNamespace(perf_counter=lambda: clock(device))
    if device == "cuda":
        module.resource = types.SimpleNamespace(getrusage=usage(), RUSAGE_SELF=resource.RUSAGE_SELF)
    sys.argv = [str(peer.SCRIPT), *options]
    with reference.products(device, of):
        module.main()


if __name__ == "__main__":
    main()
