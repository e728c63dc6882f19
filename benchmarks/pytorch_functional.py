"""The peer's meta-gradient as one who knows PyTorch well would compute it: not by one graph through all inner steps, but back
through them one at a time, from where each began.

Of a step, U(θ, s, g, η) with the gradient g of the loss at θ, the backward pass needs the adjoints of U, which are plain reverse mode,
and one product of the loss's Hessian with the adjoint of g. It takes that product by forward mode, so that no more than one pass over
one micro-batch is in memory. All adapters are one matrix, a row for each block, so that an update is some few operations.
"""
import math

import torch
import torch.nn.functional as F
from torch.func import grad, jvp


class Functional:
    """Without a compiler: products with the Hessian are forward mode over reverse, by torch.func."""

    def __init__(self, module, model):
        self.module, self.model = module, model
        device, kind, positions = model.emb.device, model.emb.device.type, len(model.pos)
        rounds = torch.amp.is_autocast_available(kind) and torch.is_autocast_enabled(kind)
        frozen = (lambda w: w.bfloat16()) if rounds else (lambda w: w)  # once, where autocast would do so in each step
        self.weights = [[frozen(w) for w in block.values()] for block in model.w]
        self.head_weight = frozen(model.emb).T
        self.names = list(model.w[0])
        self.shapes = [a.shape for a in model.adapter0[:model.per_block]]
        self.sizes = [shape.numel() for shape in self.shapes]
        self.mask = torch.full((positions, positions), -math.inf, dtype=model.emb.dtype, device=device).triu(1)

    def packed(self, adapters):
        flat = torch.cat([a.reshape(-1) for a in adapters])
        return flat.view(len(self.weights), -1)

    def unpacked(self, blocks):
        return [part.view(shape) for row in blocks for part, shape in zip(row.split(self.sizes), self.shapes)]

    def factors(self, blocks):
        """The adapters of each block."""
        return [[part.view(shape) for part, shape in zip(row.split(self.sizes), self.shapes)] for row in blocks.unbind()]

    def rates(self, row):
        """A learning rate for each tensor as one for each number."""
        columns = row.view(len(self.weights), -1).split(1, -1)
        return torch.cat([column.expand(-1, size) for column, size in zip(columns, self.sizes)], -1)

    def norm(self, x):
        return self.model.norm(x)

    def attention(self, q, k, v, fused):
        if fused:
            return F.scaled_dot_product_attention(q, k, v, is_causal=True)
        t = q.shape[-2]
        scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1]) + self.mask[:t, :t]
        return torch.softmax(scores, -1).to(v.dtype) @ v

    def block(self, x, w, factors, fused):
        """One of the decoder. Fused attention has neither forward mode nor a second derivative."""
        model, c, (b, t, _) = self.model, self.model.c, x.shape
        w, gpt2 = dict(zip(self.names, w)), c["arch"] == "gpt2"
        factors = {name: factors[2 * i:2 * i + 2] for i, name in enumerate(self.names)}
        linear = lambda name, y: y @ w[name] + model.scale * ((y @ factors[name][0]) @ factors[name][1])
        y = self.norm(x)
        q, k, v = linear("qkv", y).split(c["d"], -1) if gpt2 else (linear(name, y) for name in "qkv")
        q, k, v = (z.view(b, t, -1, model.hd).transpose(1, 2) for z in (q, k, v))
        if not gpt2:
            q, k = model.rope(q), model.rope(k)
            k, v = (z.repeat_interleave(c["heads"] // c["kv"], 1) for z in (k, v))
        x = x + linear("o", self.attention(q, k, v, fused).transpose(1, 2).reshape(b, t, -1))
        y = self.norm(x)
        return x + (linear("down", F.gelu(linear("up", y), approximate="tanh")) if gpt2
                    else linear("down", F.silu(linear("gate", y)) * linear("up", y)))

    def head(self, x, weight, ids):
        logits = self.norm(x)[:, :-1] @ weight
        return F.cross_entropy(logits.reshape(-1, logits.shape[-1]), ids[:, 1:].reshape(-1))

    def embedded(self, ids):
        x = self.model.emb[ids]
        return x + self.model.pos[:ids.shape[1]] if self.model.c["arch"] == "gpt2" else x

    def loss(self, blocks, ids, fused):
        x = self.embedded(ids)
        for w, factors in zip(self.weights, self.factors(blocks)):
            x = self.block(x, w, factors, fused)
        return self.head(x, self.head_weight, ids)

    def gradient(self, blocks, ids):
        leaf = blocks.detach().requires_grad_()
        return torch.autograd.grad(self.loss(leaf, ids, True), leaf)[0]

    def hessian_product(self, blocks, direction, ids):
        return jvp(grad(lambda at: self.loss(at, ids, False)), (blocks,), (direction,))[1]

    def summed(self, of, ids, microbatch):
        """Over micro-batches, each by its share of the segments."""
        parts = [of(part) * (len(part) / len(ids)) for part in ids.split(microbatch)]
        return parts[0] if len(parts) == 1 else sum(parts)

    def update(self, at, gradient, row, state, step, optimizer):
        return self.module.inner_update(at, gradient, state, self.rates(row), step, optimizer)

    def meta_gradient(self, ids, question, start, rates, o):
        """By the start, as the peer has its tensors, and by the rates."""
        at, state, begun, rates = self.packed(start).detach(), None, [], rates.detach()
        for i in range(o["steps"]):
            gradient = self.summed(lambda part: self.gradient(at, part), ids, o["microbatch"])
            begun.append((at, gradient, state))
            with torch.no_grad():
                at, state = self.update(at, gradient, rates[i], state, i + 1, o["optimizer"])
        adjoint, of_state, by_rates = self.gradient(at, question), None, []
        for i in reversed(range(o["steps"])):
            at, gradient, state = begun.pop()
            leaves = [value.detach().requires_grad_() for value in (at, gradient, rates[i], *(state or ()))]
            after, state_after = self.update(*leaves[:3], leaves[3:] or None, i + 1, o["optimizer"])
            outputs = [after, *(state_after or ())] if of_state else [after]
            adjoint, of_gradient, of_row, *of_state = torch.autograd.grad(outputs, leaves, [adjoint, *(of_state or ())])
            by_rates.insert(0, of_row)
            if i >= o["steps"] - o["unroll"]:
                adjoint = adjoint + self.summed(lambda part: self.hessian_product(at, of_gradient, part), ids, o["microbatch"])
        return [*self.unpacked(adjoint), torch.stack(by_rates)]


class Compiled(Functional):
    """With torch.compile: a block at a time, since all blocks are alike and one of them is compiled soon. What it compiles can be
    differentiated once, in reverse: so products with the Hessian are reverse mode over forward here."""

    def __init__(self, module, model):
        super().__init__(module, model)
        made = lambda function: torch.compile(function, dynamic=False, fullgraph=True)
        self.dual_block, self.dual_head = made(self.with_tangent), made(self.with_loss_tangent)
        self.block, self.head = made(self.block), made(self.head)

    def norm(self, x):
        """In parts: the forward mode of layer_norm takes mean and deviation for constants when it is differentiated."""
        if self.model.c["arch"] == "gpt2":
            centred = x - x.mean(-1, keepdim=True)
            scaled = centred * torch.rsqrt(centred.pow(2).mean(-1, keepdim=True) + 1e-5)
            return scaled * self.model.one + self.model.zero
        return super().norm(x)

    def with_tangent(self, x, dx, w, factors, directions):
        plain = super().block
        return jvp(lambda x, *factors: plain(x, w, factors, False), (x, *factors), (dx, *directions))

    def with_loss_tangent(self, x, dx, weight, ids):
        plain = super().head
        return jvp(lambda x: plain(x, weight, ids), (x,), (dx,))[1]

    def hessian_product(self, blocks, direction, ids):
        leaf = blocks.detach().requires_grad_()
        x = self.embedded(ids)
        dx = torch.zeros_like(x)
        for w, factors, directions in zip(self.weights, self.factors(leaf), self.factors(direction)):
            x, dx = self.dual_block(x, dx, w, factors, directions)
        return torch.autograd.grad(self.dual_head(x, dx, self.head_weight, ids), leaf)[0]


PEERS = {"func": Functional, "compiled": Compiled}
