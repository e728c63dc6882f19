package org.perk4j.backend.cuda;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.perk4j.backend.MemoryUsage;
import org.perk4j.backend.Owner;
import org.perk4j.backend.Scope;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/** The memory of one computation: which scope owns which tensor, and how many bytes are and were in use. */
final class Memory {

    private final Arena.Cache cache;
    private final DType dtype;
    private final Region outermost = new Region(null, null);
    private final Set<Overlapping> owners = new HashSet<>();
    private Region innermost = outermost;
    private boolean closed;
    private long live;
    private long peak;

    Memory(Arena.Cache cache, DType dtype) {
        this.cache = cache;
        this.dtype = dtype;
    }

    DType dtype() {
        return dtype;
    }

    /** @return a tensor of undefined content, owned by the innermost scope */
    CudaTensor tensor(Shape shape, boolean tangent) {
        long bytes = CudaTensor.bytes(dtype.bytes(), shape, tangent);
        CudaTensor tensor = new CudaTensor(this, shape, tangent, new Holding(take(bytes), bytes), 0);
        innermost.own(tensor);
        return tensor;
    }

    /**
     * @param element where the part begins
     * @param tangent whether the part's tangent follows its value there
     * @return a tensor in the memory of another one, owned by the innermost scope
     */
    CudaTensor part(CudaTensor whole, long element, Shape shape, boolean tangent) {
        CudaTensor part = new CudaTensor(this, shape, tangent, whole.memory().share(),
                whole.offset() + element * dtype.bytes());
        innermost.own(part);
        return part;
    }

    /** Memory that one tensor or several lie in: it is given back when all are freed. */
    static final class Holding {

        private final Arena.Block block;
        private final long bytes;
        private int holders = 1;

        private Holding(Arena.Block block, long bytes) {
            this.block = block;
            this.bytes = bytes;
        }

        long address() {
            return block.address();
        }

        private Holding share() {
            holders++;
            return this;
        }
    }

    /** @return a tensor of undefined content that whoever asked for it frees when the operation is done */
    Temporary temporary(int rows, int columns, boolean tangent) {
        Shape shape = new Shape(rows, columns);
        long bytes = CudaTensor.bytes(dtype.bytes(), shape, tangent);
        Arena.Block block = take(bytes);
        return new Temporary(block, bytes, new CudaTensor(this, shape, tangent, new Holding(block, bytes), 0));
    }

    /** @return working memory of undefined content, to be closed when the operation is done */
    Temporary temporary(long bytes) {
        return new Temporary(take(bytes), bytes, null);
    }

    private Arena.Block take(long bytes) {
        if (closed) {
            throw new IllegalStateException("this computation is closed");
        }
        Arena.Block block = cache.take(bytes);
        live += bytes;
        peak = Math.max(peak, live);
        return block;
    }

    private void give(Arena.Block block, long bytes) {
        live -= bytes;
        cache.give(block);
    }

    Scope open() {
        requireOpen();
        return open(null);
    }

    private Scope open(Region heir) {
        innermost = new Region(innermost, heir);
        return innermost;
    }

    Owner owner() {
        requireOpen();
        Overlapping owner = new Overlapping();
        owners.add(owner);
        return owner;
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("this computation is closed");
        }
    }

    /** Frees a tensor of this computation, if that wasn't done before. */
    void free(CudaTensor tensor) {
        if (!tensor.freed()) {
            tensor.region.disown(tensor);
            reclaim(tensor);
        }
    }

    private void reclaim(CudaTensor tensor) {
        Holding held = tensor.surrender();
        if (--held.holders == 0) {
            give(held.block, held.bytes);
        }
    }

    MemoryUsage usage() {
        return new MemoryUsage(live, peak);
    }

    /** Frees all tensors. Idempotent. */
    void close() {
        while (innermost != outermost) {
            innermost.close();
        }
        outermost.freeAll();
        List.copyOf(owners).forEach(Overlapping::close);
        closed = true;
    }

    /** Working memory of one operation. */
    final class Temporary implements AutoCloseable {

        private final Arena.Block block;
        private final long bytes;
        private final CudaTensor tensor;

        private Temporary(Arena.Block block, long bytes, CudaTensor tensor) {
            this.block = block;
            this.bytes = bytes;
            this.tensor = tensor;
        }

        long address() {
            return block.address();
        }

        CudaTensor tensor() {
            return tensor;
        }

        @Override
        public void close() {
            give(block, bytes);
        }
    }

    /** A scope and the tensors it owns, in no order: each knows its place, so that it leaves without a search. */
    final class Region implements Scope {

        private final Region enclosing;
        private final Region heir;
        private final List<CudaTensor> owned = new ArrayList<>();
        private boolean open = true;

        /** @param heir whose its tensors are when it is closed; null to free them */
        private Region(Region enclosing, Region heir) {
            this.enclosing = enclosing;
            this.heir = heir;
        }

        private void own(CudaTensor tensor) {
            tensor.region = this;
            tensor.place = owned.size();
            owned.add(tensor);
        }

        private void disown(CudaTensor tensor) {
            CudaTensor last = owned.remove(owned.size() - 1);
            if (last != tensor) {
                owned.set(tensor.place, last);
                last.place = tensor.place;
            }
        }

        @Override
        public Tensor keep(Tensor tensor) {
            if (tensor instanceof CudaTensor kept && kept.region == this && !kept.freed()) {
                disown(kept);
                enclosing.own(kept);
            }
            return tensor;
        }

        @Override
        public Tensor adopt(Tensor tensor) {
            if (tensor instanceof CudaTensor adopted && !adopted.freed() && adopted.region.isWithin(this)) {
                adopted.region.disown(adopted);
                own(adopted);
            }
            return tensor;
        }

        private boolean isWithin(Region other) {
            return this != other && enclosing != null && (enclosing == other || enclosing.isWithin(other));
        }

        @Override
        public void close() {
            if (!open) {
                return;
            }
            if (innermost != this) {
                throw new IllegalStateException("scopes are closed in the reverse order of opening");
            }
            if (heir == null) {
                freeAll();
            } else {
                owned.forEach(heir::own);
                owned.clear();
            }
            open = false;
            innermost = enclosing;
        }

        private void freeAll() {
            owned.forEach(Memory.this::reclaim);
            owned.clear();
        }
    }

    /** An owner: a region of no program text, whose tensors were made in scopes that have it for their heir. */
    private final class Overlapping implements Owner {

        private final Region tensors = new Region(null, null);

        @Override
        public Scope scope() {
            if (!owners.contains(this)) {
                throw new IllegalStateException("this owner is closed");
            }
            return Memory.this.open(tensors);
        }

        @Override
        public void close() {
            for (Region region = innermost; region != null; region = region.enclosing) {
                if (region.heir == tensors) {
                    throw new IllegalStateException("a scope of this owner is open");
                }
            }
            tensors.freeAll();
            owners.remove(this);
        }
    }
}
