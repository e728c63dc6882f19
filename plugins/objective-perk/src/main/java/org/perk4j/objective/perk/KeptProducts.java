package org.perk4j.objective.perk;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Queue;
import org.perk4j.autodiff.ConstantProducts;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Scope;
import org.perk4j.tensor.Tensor;

/**
 * Products with frozen weights that are kept from the way forwards for the way back, where the same gradients are computed
 * again along a tangent and need only the products' tangents then. They take no more than a given number of bytes: what is
 * kept has the largest inner dimensions, and so the most arithmetic per byte.
 */
final class KeptProducts {

    private final Compute compute;
    private final Scope owner;
    private final long most;
    private long bytes;
    private final PriorityQueue<Kept> byWorth = new PriorityQueue<>(Comparator.comparingInt(kept -> kept.inner));

    /**
     * @param owner is to own what is kept
     * @param most  bytes
     */
    KeptProducts(Compute compute, Scope owner, long most) {
        this.compute = compute;
        this.owner = owner;
        this.most = most;
    }

    /** A product, or that there was one. */
    private static final class Kept {

        private final int inner;
        private Tensor value;

        private Kept(int inner) {
            this.inner = inner;
        }
    }

    /** What was multiplied: weights are told apart by identity, as tensors are. */
    private record Factor(Tensor constant, boolean transposed) {
    }

    /** The products of one gradient. */
    final class OfGradient {

        private final Map<Factor, Queue<Kept>> products = new HashMap<>();

        /** Keeps what is evaluated with it. */
        ConstantProducts recording() {
            return most == 0 ? ConstantProducts.EVALUATED : (x, constant, transposed, product, linearPart) -> {
                Tensor value = product.apply(x);
                Kept kept = new Kept(x.columns());
                if (makeRoom(size(value), kept.inner)) {
                    kept.value = owner.adopt(compute.affine(value, 1, 0));
                    bytes += size(value);
                    byWorth.add(kept);
                }
                products.computeIfAbsent(new Factor(constant, transposed), f -> new ArrayDeque<>()).add(kept);
                return value;
            };
        }

        /** Takes what was kept, in the same order for each constant, and lets go of it. */
        ConstantProducts replaying() {
            return (x, constant, transposed, product, linearPart) -> {
                Queue<Kept> queue = products.get(new Factor(constant, transposed));
                Kept kept = queue == null ? null : queue.poll();
                if (kept == null || kept.value == null) {
                    return product.apply(x);
                }
                try (Scope scope = compute.scope()) {
                    Tensor value = x.hasTangent() ? compute.dual(kept.value, linearPart.apply(compute.tangent(x)))
                            : compute.affine(kept.value, 1, 0);
                    byWorth.remove(kept);
                    letGo(kept);
                    return scope.keep(value);
                }
            };
        }
    }

    OfGradient ofGradient() {
        return new OfGradient();
    }

    /** @return whether there is room for so many bytes now, once what has less worth is gone */
    private boolean makeRoom(long size, int inner) {
        while (bytes + size > most && !byWorth.isEmpty() && byWorth.peek().inner < inner) {
            letGo(byWorth.remove());
        }
        return bytes + size <= most;
    }

    private void letGo(Kept kept) {
        bytes -= size(kept.value);
        compute.free(kept.value);
        kept.value = null;
    }

    private long size(Tensor tensor) {
        return tensor.shape().size() * compute.dtype().bytes();
    }
}
