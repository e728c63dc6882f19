package org.perk4j.innerloop;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.PriorityQueue;
import java.util.function.Supplier;
import org.perk4j.autodiff.ConstantProducts;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Scope;
import org.perk4j.tensor.Tensor;
import org.perk4j.tensor.TokenLoss;

/**
 * Products with frozen weights that the forward pass keeps for the backward pass. The backward pass computes the same
 * gradients again, with tangents; of these products it then needs to compute only the tangents. Those with the largest inner
 * dimensions stay in memory, up to a limit, since they save the most arithmetic per byte. The others go to a file of limited
 * size, if they take longer to compute than to read.
 */
final class KeptProducts {

    /** The number of products that are prefetched from the file. */
    private static final int AHEAD = 4;

    private final Compute compute;
    private final Scope owner;
    private final TensorFile file;
    private final long mostInMemory;
    private final long mostOnFile;
    private final int leastOnFile;
    private long inMemory;
    private long onFile;
    private final PriorityQueue<Kept> byWorth = new PriorityQueue<>(Comparator.comparingInt(kept -> kept.inner));

    /**
     * @param owner the scope that will own the products in memory
     * @param file  for the others
     */
    KeptProducts(Compute compute, Scope owner, TensorFile file, ProductBudget budget) {
        this.compute = compute;
        this.owner = owner;
        this.file = file;
        this.mostInMemory = budget.memoryBytes();
        this.mostOnFile = budget.fileBytes();
        this.leastOnFile = budget.leastOnFile();
    }

    /** An evaluated product; its value is in memory, in the file, or neither. */
    private static final class Kept {

        private final Tensor constant;
        private final boolean transposed;
        private final int inner;
        private Tensor value;
        private TensorFile.Stored stored;

        private Kept(Tensor constant, boolean transposed, int inner) {
            this.constant = constant;
            this.transposed = transposed;
            this.inner = inner;
        }
    }

    /** The products of one gradient, in the order of their evaluation. */
    final class OfGradient {

        private final Deque<Kept> products = new ArrayDeque<>();

        /** Keeps the products that are evaluated with it. */
        ConstantProducts recording() {
            return mostInMemory == 0 && mostOnFile == 0 ? ConstantProducts.EVALUATED : new Recording(products);
        }

        /** Uses the products that were kept, and removes them. */
        ConstantProducts replaying() {
            return products.isEmpty() ? ConstantProducts.EVALUATED : new Replaying(products);
        }
    }

    OfGradient ofGradient() {
        return new OfGradient();
    }

    private final class Recording implements ConstantProducts {

        private final Deque<Kept> products;

        Recording(Deque<Kept> products) {
            this.products = products;
        }

        @Override
        public Tensor product(Tensor x, Tensor constant, boolean transposed, Supplier<Tensor> evaluation) {
            Tensor value = evaluation.get();
            keep(new Kept(constant, transposed, x.columns()), value);
            return value;
        }

        @Override
        public TokenLoss tokenLoss(Tensor hidden, Tensor head, int[] targets, Supplier<TokenLoss> evaluation) {
            TokenLoss value = evaluation.get();
            keep(new Kept(head, false, head.rows()), value.gradient());
            return value;
        }

        private void keep(Kept kept, Tensor value) {
            products.add(kept);
            if (makeRoom(size(value), kept.inner)) {
                kept.value = owner.adopt(compute.primal(value));
                inMemory += size(value);
                byWorth.add(kept);
            } else {
                putOnFile(kept, value);
            }
        }
    }

    private final class Replaying implements ConstantProducts {

        private final Deque<Kept> products;
        /** The products in the file, in the order in which they will be needed. */
        private final Deque<Kept> toFetch = new ArrayDeque<>();

        Replaying(Deque<Kept> products) {
            this.products = products;
            products.stream().filter(kept -> kept.stored != null).forEach(toFetch::add);
            for (int i = 0; i < AHEAD; i++) {
                fetchNext();
            }
        }

        private void fetchNext() {
            if (!toFetch.isEmpty()) {
                file.fetch(toFetch.remove().stored);
            }
        }

        @Override
        public Tensor product(Tensor x, Tensor constant, boolean transposed, Supplier<Tensor> evaluation) {
            Tensor value = next(constant, transposed);
            if (value == null) {
                return evaluation.get();
            }
            Tensor product = compute.knownProduct(value, x, constant, transposed);
            compute.free(value);
            return product;
        }

        @Override
        public TokenLoss tokenLoss(Tensor hidden, Tensor head, int[] targets, Supplier<TokenLoss> evaluation) {
            Tensor gradient = next(head, false);
            if (gradient == null) {
                return evaluation.get();
            }
            TokenLoss loss = compute.knownTokenLoss(hidden, head, targets, gradient);
            compute.free(gradient);
            return loss;
        }

        /**
         * Skips products that are not needed again: a constant of the forward pass may be a variable of the backward pass.
         *
         * @return the value of the next product with the constant, for the caller to free; null if it wasn't kept
         */
        private Tensor next(Tensor constant, boolean transposed) {
            Kept kept = products.remove();
            while (kept.constant != constant || kept.transposed != transposed) {
                Tensor unused = taken(kept);
                if (unused != null) {
                    compute.free(unused);
                }
                kept = products.remove();
            }
            return taken(kept);
        }

        private Tensor taken(Kept kept) {
            if (kept.stored != null) {
                Tensor value = file.read(kept.stored);
                fetchNext();
                return value;
            }
            if (kept.value != null) {
                byWorth.remove(kept);
                inMemory -= size(kept.value);
            }
            return kept.value;
        }
    }

    /** @return whether these bytes fit into memory, after less worthwhile products were moved to the file */
    private boolean makeRoom(long size, int inner) {
        while (inMemory + size > mostInMemory && !byWorth.isEmpty() && byWorth.peek().inner < inner) {
            Kept least = byWorth.remove();
            inMemory -= size(least.value);
            putOnFile(least, least.value);
            compute.free(least.value);
            least.value = null;
        }
        return inMemory + size <= mostInMemory;
    }

    private void putOnFile(Kept kept, Tensor value) {
        if (kept.inner >= leastOnFile && onFile + size(value) <= mostOnFile) {
            kept.stored = file.write(value);
            onFile += size(value);
        }
    }

    private long size(Tensor tensor) {
        return tensor.shape().size() * compute.dtype().bytes();
    }
}
