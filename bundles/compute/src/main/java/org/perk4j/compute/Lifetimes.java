package org.perk4j.compute;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.perk4j.backend.MemoryUsage;
import org.perk4j.backend.Owner;
import org.perk4j.backend.Scope;
import org.perk4j.tensor.Tensor;

/** Who owns which tensor, and how many bytes they take: those of the element type, not of the doubles on the heap. */
final class Lifetimes {

    private final Deque<OpenScope> open = new ArrayDeque<>();
    private final Set<OpenOwner> owners = new HashSet<>();
    private final int elementBytes;
    private long live;
    private long peak;

    Lifetimes(int elementBytes) {
        this.elementBytes = elementBytes;
        open.push(new OpenScope(null));
    }

    Matrix own(Matrix matrix) {
        requireOpen();
        open.peek().owned.add(matrix);
        live += bytes(matrix);
        peak = Math.max(peak, live);
        return matrix;
    }

    /** Counts what an operation takes beside its results, for as long as it lasts. */
    void passing(long elements) {
        peak = Math.max(peak, live + elements * elementBytes);
    }

    private void requireOpen() {
        if (open.isEmpty()) {
            throw new IllegalStateException("the computation is closed");
        }
    }

    Scope open() {
        return open(null);
    }

    private Scope open(OpenOwner heir) {
        requireOpen();
        OpenScope scope = new OpenScope(heir);
        open.push(scope);
        return scope;
    }

    Owner owner() {
        requireOpen();
        OpenOwner owner = new OpenOwner();
        owners.add(owner);
        return owner;
    }

    void free(Matrix matrix) {
        if (!matrix.freed()) {
            live -= bytes(matrix);
            matrix.free();
            open.forEach(scope -> scope.owned.remove(matrix));
            owners.forEach(owner -> owner.owned.remove(matrix));
        }
    }

    private void freeAll(Set<Matrix> owned) {
        for (Matrix matrix : owned) {
            live -= bytes(matrix);
            matrix.free();
        }
        owned.clear();
    }

    private static Set<Matrix> noMatrices() {
        return Collections.newSetFromMap(new IdentityHashMap<>());
    }

    void closeAll() {
        while (!open.isEmpty()) {
            open.peek().close();
        }
        List.copyOf(owners).forEach(OpenOwner::close);
    }

    MemoryUsage usage() {
        return new MemoryUsage(live, peak);
    }

    private long bytes(Matrix matrix) {
        return matrix.shape().size() * elementBytes * (matrix.hasTangent() ? 2 : 1);
    }

    private final class OpenScope implements Scope {

        private final OpenOwner heir;
        private final Set<Matrix> owned = noMatrices();

        /** @param heir whose its matrices are when it is closed; null to free them */
        OpenScope(OpenOwner heir) {
            this.heir = heir;
        }

        @Override
        public Tensor keep(Tensor tensor) {
            if (tensor instanceof Matrix matrix && owned.remove(matrix)) {
                enclosing().owned.add(matrix);
            }
            return tensor;
        }

        @Override
        public Tensor adopt(Tensor tensor) {
            if (tensor instanceof Matrix matrix && open.contains(this)) {
                for (OpenScope scope : open) {
                    if (scope == this) {
                        break;
                    }
                    if (scope.owned.remove(matrix)) {
                        owned.add(matrix);
                    }
                }
            }
            return tensor;
        }

        private OpenScope enclosing() {
            boolean found = false;
            for (OpenScope scope : open) {
                if (found) {
                    return scope;
                }
                found = scope == this;
            }
            throw new IllegalStateException("no scope encloses this one: it is closed, or the outermost");
        }

        @Override
        public void close() {
            if (!open.contains(this)) {
                return;
            }
            if (open.peek() != this) {
                throw new IllegalStateException("scopes are closed in the reverse order of opening");
            }
            if (heir == null) {
                freeAll(owned);
            } else {
                heir.owned.addAll(owned);
                owned.clear();
            }
            open.pop();
        }
    }

    private final class OpenOwner implements Owner {

        private final Set<Matrix> owned = noMatrices();

        @Override
        public Scope scope() {
            if (!owners.contains(this)) {
                throw new IllegalStateException("this owner is closed");
            }
            return open(this);
        }

        @Override
        public void close() {
            if (open.stream().anyMatch(scope -> scope.heir == this)) {
                throw new IllegalStateException("a scope of this owner is open");
            }
            freeAll(owned);
            owners.remove(this);
        }
    }
}
