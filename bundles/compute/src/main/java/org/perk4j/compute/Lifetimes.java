package org.perk4j.compute;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.perk4j.backend.MemoryUsage;
import org.perk4j.backend.Owner;
import org.perk4j.backend.Scope;
import org.perk4j.tensor.Tensor;

/**
 * Tracks which scope or owner of a computation owns which tensor, and how many bytes are in use. Implements the lifetimes
 * that {@link org.perk4j.backend.Compute} specifies, once for all backends. Not thread-safe, like a computation.
 */
public final class Lifetimes {

    private final Region outermost = new Region(null, null);
    private final Set<OpenOwner> owners = new HashSet<>();
    private Region innermost = outermost;
    private boolean closed;
    private long live;
    private long peak;

    // ---- tensors

    /** @return {@code tensor}, which now belongs to the innermost open scope */
    public <T extends OwnedTensor> T own(T tensor) {
        requireOpen();
        innermost.own(tensor);
        return tensor;
    }

    /**
     * Checks an argument of an operation.
     *
     * @return {@code tensor}
     * @throws IllegalArgumentException if it belongs to another computation
     * @throws IllegalStateException    if it was freed
     */
    public OwnedTensor require(Tensor tensor) {
        OwnedTensor mine = mine(tensor);
        mine.requireNotFreed();
        return mine;
    }

    private OwnedTensor mine(Tensor tensor) {
        if (tensor instanceof OwnedTensor mine && mine.lifetimes() == this) {
            return mine;
        }
        throw new IllegalArgumentException("a tensor of another computation: " + tensor);
    }

    /**
     * Frees a tensor, unless it is already freed.
     *
     * @throws IllegalArgumentException if it belongs to another computation
     */
    public void free(Tensor tensor) {
        OwnedTensor mine = mine(tensor);
        if (!mine.freed()) {
            mine.region.disown(mine);
            mine.free();
        }
    }

    // ---- bytes

    /** Counts memory that was allocated. */
    public void took(long bytes) {
        live += bytes;
        peak = Math.max(peak, live);
    }

    /** Counts memory that was released. */
    public void gave(long bytes) {
        live -= bytes;
    }

    /** Counts temporary memory that has already been released. */
    public void passing(long bytes) {
        peak = Math.max(peak, live + bytes);
    }

    /** @return the memory in use, now and at its peak */
    public MemoryUsage usage() {
        return new MemoryUsage(live, peak);
    }

    // ---- scopes and owners

    /** @throws IllegalStateException once this is closed */
    public void requireOpen() {
        if (closed) {
            throw new IllegalStateException("this computation is closed");
        }
    }

    /** @return a new innermost scope */
    public Scope scope() {
        return open(null);
    }

    private Scope open(Region heir) {
        requireOpen();
        innermost = new Region(innermost, heir);
        return innermost;
    }

    /** @return a new owner */
    public Owner owner() {
        requireOpen();
        OpenOwner owner = new OpenOwner();
        owners.add(owner);
        return owner;
    }

    /** Closes all scopes and owners, and frees all tensors. Idempotent. */
    public void close() {
        while (innermost != outermost) {
            innermost.close();
        }
        outermost.freeAll();
        List.copyOf(owners).forEach(OpenOwner::close);
        closed = true;
    }

    /** A scope and its tensors, unordered: each tensor stores its index, so that it is removed without a search. */
    final class Region implements Scope {

        private final Region enclosing;
        private final Region heir;
        private final List<OwnedTensor> owned = new ArrayList<>();
        private boolean open = true;

        /** @param heir receives the tensors on closing; null to free them */
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
            owned.forEach(OwnedTensor::free);
            owned.clear();
        }
    }

    /** An owner. Its tensors come from scopes whose heir is its region, which no scope encloses. */
    private final class OpenOwner implements Owner {

        private final Region tensors = new Region(null, null);

        @Override
        public Scope scope() {
            if (!owners.contains(this)) {
                throw new IllegalStateException("this owner is closed");
            }
            return open(tensors);
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
