#!/usr/bin/env python3
"""What the peer computes, and what it computes it from, as files for Perk4J: run by compare, with the peer's Python.

    reference.py WORKLOAD FOLDER

WORKLOAD is a JSON object with pytorch_peer.py's options, and peer, device and products, as keys. Writes into FOLDER
inputs.safetensors (weights, meta-parameters and tokens), peer.safetensors (the results in float32 on the device, by the peer that
is asked for, with products as they are asked for) and float64.safetensors (on the CPU, by the peer's own code). The seeds and rates
are those of its main function. Needs torch.
"""
import contextlib
import ctypes
import json
import pathlib
import sys
import types

import torch
from torch.utils._python_dispatch import TorchDispatchMode

import peer
import pytorch_functional
import tensors

# What the peer makes tensors with that aren't made from others.
MAKERS = ("arange", "full", "ones", "randint", "randn", "zeros")

# The linear layers of a block in the peer's order, by Hugging Face's names.
GPT2_SITES = {"qkv": "attn.c_attn", "o": "attn.c_proj", "up": "mlp.c_fc", "down": "mlp.c_proj"}
LLAMA_SITES = {"q": "self_attn.q_proj", "k": "self_attn.k_proj", "v": "self_attn.v_proj", "o": "self_attn.o_proj",
               "gate": "mlp.gate_proj", "up": "mlp.up_proj", "down": "mlp.down_proj"}


def load(device="cpu"):
    """The peer as a module. Its last line runs it, so it can't be imported. What it makes it makes on the device, of values that
    are drawn on the CPU, as its generators are there: so they are the same everywhere. (PyTorch's default device would slow down
    each of its calls.)"""
    def moved(make):
        def made(*arguments, **options):
            tensor = make(*arguments, **options)
            return tensor.detach().to(device).requires_grad_(tensor.requires_grad)
        return made
    source = peer.SCRIPT.read_text()
    assert source.rstrip().endswith("\nmain()"), f"{peer.SCRIPT}: the last line is no longer main()"
    module = types.ModuleType("pytorch_peer")
    sys.modules[module.__name__] = module  # torch.compile imports what it compiles by its module's name
    exec(compile(source.rstrip()[:-len("main()")], str(peer.SCRIPT), "exec"), module.__dict__)
    module.torch = types.ModuleType("torch")
    module.torch.__dict__.update(torch.__dict__, **{name: moved(getattr(torch, name)) for name in MAKERS})
    return module


def products(device, of):
    """A context in which products are of such numbers."""
    kind = torch.device(device).type
    if of == "tfloat32":
        return tensor_cores() if kind == "cuda" else Tfloat32()
    return torch.autocast(kind, torch.bfloat16) if of == "bfloat16" else contextlib.nullcontext()


@contextlib.contextmanager
def tensor_cores():
    torch.backends.cuda.matmul.allow_tf32 = True
    yield
    torch.backends.cuda.matmul.allow_tf32 = False


class Tfloat32(TorchDispatchMode):
    """Where there are no tensor cores: rounds the factors of products, also those of gradients, to 11 bits."""

    FACTORS = {torch.ops.aten.mm.default: (0, 1), torch.ops.aten.bmm.default: (0, 1),
               torch.ops.aten.addmm.default: (1, 2), torch.ops.aten.baddbmm.default: (1, 2)}

    def __torch_dispatch__(self, operation, types, arguments=(), options=None):
        factors = self.FACTORS.get(operation, ())
        return operation(*(self.rounded(of) if i in factors else of for i, of in enumerate(arguments)), **(options or {}))

    @staticmethod
    def rounded(factor):
        """To the nearest, or else the even one."""
        if factor.dtype != torch.float32:
            return factor
        bits = factor.view(torch.int32)
        return ((bits + 0xfff + (bits >> 13 & 1)) & ~0x1fff).view(torch.float32)


def sites(preset):
    return GPT2_SITES if preset["arch"] == "gpt2" else LLAMA_SITES


def site_names(preset):
    blocks = "transformer.h" if preset["arch"] == "gpt2" else "model.layers"
    return [f"{blocks}.{layer}.{site}" for layer in range(preset["layers"]) for site in sites(preset).values()]


def adapter_names(preset):
    return [f"base_model.model.{site}.lora_{half}.weight" for site in site_names(preset) for half in "AB"]


def weights(model):
    """By Hugging Face's names. The peer has no biases, and gains of 1."""
    return gpt2_weights(model) if model.c["arch"] == "gpt2" else llama_weights(model)


def gpt2_weights(model):
    named = {"wte.weight": model.emb, "wpe.weight": model.pos, "ln_f.weight": model.one, "ln_f.bias": model.zero}
    for layer, w in enumerate(model.w):
        h = f"h.{layer}."
        for norm in ("ln_1", "ln_2"):
            named |= {f"{h}{norm}.weight": model.one, f"{h}{norm}.bias": model.zero}
        for site, name in GPT2_SITES.items():
            named |= {f"{h}{name}.weight": w[site], f"{h}{name}.bias": torch.zeros(w[site].shape[1])}
    return {f"transformer.{name}": value for name, value in named.items()}


def llama_weights(model):
    """Hugging Face keeps these layers' weights as outputs×inputs. Qwen2 has biases on queries, keys and values."""
    named = {"embed_tokens.weight": model.emb, "norm.weight": model.one}
    for layer, w in enumerate(model.w):
        block = f"layers.{layer}."
        for norm in ("input_layernorm", "post_attention_layernorm"):
            named[f"{block}{norm}.weight"] = model.one
        for site, name in LLAMA_SITES.items():
            named[f"{block}{name}.weight"] = w[site].T
            if model.c["arch"] == "qwen2" and site in "qkv":
                named[f"{block}{name}.bias"] = torch.zeros(w[site].shape[1])
    return {f"model.{name}": value for name, value in named.items()}


def drawn(module, o, precision):
    """The model, and what it learns from: segments, question, adapters and rates."""
    preset = module.PRESETS[o["model"]]
    positions = max(o["tokens"], o["answer"], o["segments"] * o["tokens"] if o["what"] == "prefill" else 0)
    model = module.Model(preset, o["rank"], positions, precision)
    g = torch.Generator().manual_seed(1)
    ids = module.torch.randint(preset["vocab"], (o["segments"], o["tokens"]), generator=g)
    question = module.torch.randint(preset["vocab"], (1, o["answer"]), generator=g)
    start = [x.clone().requires_grad_() for x in model.adapter0]
    rates = module.torch.full((o["steps"], len(start)), 5e-5, dtype=precision, requires_grad=True)
    return model, ids, question, start, rates


def compute(module, o, precision, inputs=None, functional=None):
    """The results by name, in the shapes that PEFT has; with inputs given, what they are computed from goes there. The peer's own
    code computes them, unless a class of pytorch_functional shall."""
    model, ids, question, start, rates = drawn(module, o, precision)
    names = adapter_names(model.c)
    if inputs is not None:
        inputs |= {f"model.{name}": value for name, value in weights(model).items()}
        inputs |= {f"meta.adapter.{name}": value.T for name, value in zip(names, start)}
        inputs |= {f"meta.rates.{name}": rates[:, i:i + 1] for i, name in enumerate(names)}
        inputs |= {"segments": ids, "question": question}
    if o["what"] == "prefill":
        with torch.no_grad():
            return {"hidden": model.hidden(ids.view(1, -1), start, False)[0]}
    if functional is not None:
        return by_name(names, functional(module, model).meta_gradient(ids, question, start, rates, o))
    meta = o["what"] == "meta"
    adapted = module.inner_loop(model, ids, start, rates, o["steps"], o["unroll"] if meta else 0, o["optimizer"],
                                o["microbatch"], meta)
    if not meta:
        return {name: value.T for name, value in zip(names, adapted)}
    return by_name(names, torch.autograd.grad(model.loss(question, adapted, True), start + [rates]))


def by_name(names, gradients):
    *by_start, by_rates = gradients
    found = {f"adapter.{name}": value.T for name, value in zip(names, by_start)}
    return found | {f"rates.{name}": by_rates[:, i:i + 1] for i, name in enumerate(names)}


def save(path, named, dtype, precision):
    def entry(tensor):
        values = tensor.detach().to("cpu", precision).contiguous()
        return dtype, values.shape, ctypes.string_at(values.data_ptr(), values.numel() * values.element_size())
    tensors.write(path, {name: entry(tensor) for name, tensor in named.items()})


def main():
    o, folder = json.loads(sys.argv[1]), pathlib.Path(sys.argv[2])
    torch.set_num_threads(o["threads"])
    torch.set_flush_denormal(True)
    inputs = {}
    # what is compiled is compared where it is timed, on its own shapes: compiling takes long
    functional = None if o["peer"] == "eager" else pytorch_functional.Functional
    with products(o["device"], o["products"]):
        found = compute(load(o["device"]), o, torch.float32, inputs, functional)
    save(folder / "peer.safetensors", found, "F32", torch.float32)
    save(folder / "inputs.safetensors", inputs, "F32", torch.float32)
    save(folder / "float64.safetensors", compute(load(), o, torch.float64), "F64", torch.float64)


if __name__ == "__main__":
    main()
