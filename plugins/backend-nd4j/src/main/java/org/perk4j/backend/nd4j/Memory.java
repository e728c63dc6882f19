package org.perk4j.backend.nd4j;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.perk4j.backend.MemoryUsage;
import org.perk4j.backend.Owner;
import org.perk4j.backend.Scope;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/** The memory of one computation: which scope owns which tensor, and how many bytes are and were in use. */
final class Memory implements AutoCloseable {

    private final Arena arena;
    private final Region outermost = new Region(null, null);
    private final Set<Overlapping> owners = new HashSet<>();
    private Region innermost = outermost;
    private boolean closed;
    private long live;
    private long peak;

    Memory(Arena arena) {
        this.arena = arena;
    }

    /** @return a tensor of undefined content, owned by the innermost scope */
    FloatTensor tensor(Shape shape, boolean tangent) {
        long bytes = shape.size() * Float.BYTES * (tangent ? 2 : 1);
        FloatTensor tensor = new FloatTensor(this, shape, tangent, take(bytes), bytes);
        innermost.own(tensor);
        return tensor;
    }

    /**
     * @param element where the part begins
     * @param tangent whether the part's tangent follows its value there
     * @return a tensor in the memory of another one, owned by the innermost scope
     */
    FloatTensor part(FloatTensor whole, int element, Shape shape, boolean tangent) {
        FloatTensor part = new FloatTensor(this, shape, tangent, whole.block().share(element), whole.heldBytes());
        innermost.own(part);
        return part;
    }

    /** @return a tensor in bfloat16 of undefined content, owned by the innermost scope */
    Bfloat16Tensor bfloat16(Shape shape) {
        long bytes = Bfloat16Tensor.bytes(shape);
        Bfloat16Tensor tensor = new Bfloat16Tensor(this, shape, take(bytes), bytes);
        innermost.own(tensor);
        return tensor;
    }

    /** Lays a matrix out as its transpose; for that time there are two of it. */
    void turn(Bfloat16Tensor tensor, Workers workers) {
        Block other = take(tensor.heldBytes());
        give(tensor.turn(other, workers), tensor.heldBytes());
    }

    /** @return working memory for {@code floats} elements of undefined content, until it is closed */
    Temporary temporary(long floats) {
        long bytes = floats * Float.BYTES;
        return new Temporary(take(bytes), bytes);
    }

    private Block take(long bytes) {
        requireOpen();
        Block block = arena.take(bytes);
        live += bytes;
        peak = Math.max(peak, live);
        return block;
    }

    private void give(Block block, long bytes) {
        live -= bytes;
        arena.give(block);
    }

    Scope open() {
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
    void free(OwnedTensor tensor) {
        if (!tensor.freed()) {
            tensor.region.disown(tensor);
            reclaim(tensor);
        }
    }

    private void reclaim(OwnedTensor tensor) {
        Block left = tensor.surrender().leave();
        if (left != null) {
            give(left, tensor.heldBytes());
        }
    }

    MemoryUsage usage() {
        return new MemoryUsage(live, peak);
    }

    @Override
    public void close() {
        if (!closed) {
            while (innermost != outermost) {
                innermost.close();
            }
            outermost.freeAll();
            List.copyOf(owners).forEach(Overlapping::close);
            closed = true;
            arena.trim();
        }
    }

    /** Working memory of one operation. */
    final class Temporary implements AutoCloseable {

        private final Block block;
        private final long bytes;

        private Temporary(Block block, long bytes) {
            this.block = block;
            this.bytes = bytes;
        }

        ByteBuffer bytes() {
            return block.bytes();
        }

        long address(long element) {
            return block.address(element);
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
        private final List<OwnedTensor> owned = new ArrayList<>();
        private boolean open = true;

        /** @param heir whose its tensors are when it is closed; null to free them */
        private Region(Region enclosing, Region heir) {
            this.enclosing = enclosing;
            this.heir = heir;
        }

        private void own(OwnedTensor tensor) {
            tensor.region = this;
            tensor.place = owned.size();
            owned.add(tensor);
        }

        private void disown(OwnedTensor tensor) {
            OwnedTensor last = owned.remove(owned.size() - 1);
            if (last != tensor) {
                owned.set(tensor.place, last);
                last.place = tensor.place;
            }
        }

        @Override
        public Tensor keep(Tensor tensor) {
            if (tensor instanceof OwnedTensor kept && kept.region == this && !kept.freed()) {
                disown(kept);
                enclosing.own(kept);
            }
            return tensor;
        }

        @Override
        public Tensor adopt(Tensor tensor) {
            if (tensor instanceof OwnedTensor adopted && !adopted.freed() && adopted.region.isWithin(this)) {
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
