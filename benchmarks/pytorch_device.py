#!/usr/bin/env python3
"""pytorch_peer.py on a device of PyTorch's, with products of numbers in float32, or rounded to tfloat32 or, as autocast does, to
bfloat16; and what else runs on a device needs.

    pytorch_device.py cuda float32 eager --model gpt2 …

Behind these three come the options of pytorch_peer.py, which "eager" runs as it is; "func" and "compiled" have pytorch_functional.py
compute the meta-gradient. Prints the same JSON line; on cuda memory is that of the device. To check this without a GPU: on cpu the
results are those of pytorch_peer.py; on meta, where tensors have no values, PyTorch refuses what was left on the CPU. Needs torch only.
"""
import json
import resource
import statistics
import sys
import time
import types

import torch

import peer
import pytorch_functional
import reference


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


def eager(module, device, options):
    module.time = types.SimpleNamespace(perf_counter=lambda: clock(device))
    if device == "cuda":
        module.resource = types.SimpleNamespace(getrusage=usage(), RUSAGE_SELF=resource.RUSAGE_SELF)
    sys.argv = [str(peer.SCRIPT), *options]
    module.main()


def functional(module, device, how, options):
    """As the peer's main function measures. What is compiled is also replayed as one CUDA graph, and the faster of both counts."""
    o = {flag[2:]: int(value) if value.isdigit() else value for flag, value in zip(options[::2], options[1::2])}
    torch.set_num_threads(o["threads"])
    torch.set_flush_denormal(True)
    getrusage = usage() if device == "cuda" else resource.getrusage
    mebibytes = lambda: getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    model, *given = reference.drawn(module, o, torch.float32)
    way = {"func": pytorch_functional.Functional, "compiled": pytorch_functional.Compiled}[how](module, model)
    call = lambda: way.meta_gradient(*given, o)
    weights, begun = mebibytes(), clock(device)
    found = call()
    first = clock(device) - begun
    measured = dict(seconds=timed(call, device, o["repeats"]), firstSeconds=round(first, 2))
    if how == "compiled" and device == "cuda":
        try:
            replay, replayed = captured(call)
            measured["replayedOff"] = difference(replayed, found)
            measured["replayedSeconds"] = timed(replay, device, o["repeats"])
            measured["seconds"] = min(measured["seconds"], measured["replayedSeconds"])
        except RuntimeError as e:
            print(f"PyTorch can't record its meta-gradient as a CUDA graph: {e}", file=sys.stderr)
    measured |= dict(peak_mib=mebibytes(), weights_mib=weights)
    if how == "compiled":  # compared by SGD, as AdamW enlarges whatever differs
        o["optimizer"] = "sgd"
        plain = pytorch_functional.Functional(module, model)
        measured["off"] = difference(call(), plain.meta_gradient(*given, o))
    print(json.dumps(measured))


def difference(found, true):
    """Relative to all of what is true."""
    square = lambda tensors: sum(float(tensor.double().square().sum()) for tensor in tensors)
    return (square(a - b for a, b in zip(found, true)) / square(true)) ** 0.5


def timed(call, device, repeats):
    times = []
    for _ in range(repeats):
        begun = clock(device)
        call()
        times.append(clock(device) - begun)
    return round(statistics.median(times), 4)


def captured(call):
    """A CUDA graph of all that was launched: how to run it, and where its results are."""
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):  # once outside of the graph, as PyTorch wants it
        call()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        found = call()
    graph.replay()
    return graph.replay, found


def main():
    device, of, how, *options = sys.argv[1:]
    module = reference.load(device)
    with reference.products(device, of):
        if how == "eager":
            eager(module, device, options)
        else:
            functional(module, device, how, options)


if __name__ == "__main__":
    main()
