package org.perk4j.engine;

import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.perk4j.backend.Compute;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/**
 * The cotangents of a backward pass, by the value they belong to. Identity rules ({@code y = a + b}) pass one tensor to
 * several values; it is freed when the last of these values has been processed.
 */
final class Cotangents {

    private final Ops ops;
    /** Null when differentiating on another tape, which keeps all its values. */
    private final Compute compute;
    private final Map<Tensor, Tensor> byValue = new IdentityHashMap<>();
    private final Map<Tensor, Integer> owners = new IdentityHashMap<>();

    Cotangents(Ops ops) {
        this.ops = ops;
        this.compute = ops instanceof Compute c ? c : null;
    }

    /** Sets a cotangent that belongs to the caller and is never freed or modified here. */
    void seed(Tensor value, Tensor cotangent) {
        owners.merge(cotangent, 1, Integer::sum);
        add(value, cotangent);
    }

    void add(Tensor value, Tensor contribution) {
        Tensor sum = byValue.get(value);
        if (sum == null) {
            byValue.put(value, contribution);
            owners.merge(contribution, 1, Integer::sum);
        } else if (compute != null && owners.get(sum) == 1 && sum != contribution
                && sum.hasTangent() == contribution.hasTangent()) {
            compute.accumulate(sum, 1, contribution);
            freeUnowned(contribution);
        } else {
            byValue.put(value, ops.add(sum, contribution));
            owners.put(byValue.get(value), 1);
            release(sum);
            freeUnowned(contribution);
        }
    }

    /** @return whether the product could be added in place; if not, nothing has changed */
    boolean addProduct(Tensor value, double alpha, Tensor a, boolean transposeA, Tensor b, boolean transposeB) {
        Tensor sum = byValue.get(value);
        if (compute == null || sum == null || owners.get(sum) != 1 || sum == a || sum == b
                || sum.hasTangent() != (a.hasTangent() || b.hasTangent())) {
            return false;
        }
        compute.accumulateProduct(sum, alpha, a, transposeA, b, transposeB);
        return true;
    }

    Tensor of(Tensor value) {
        return byValue.get(value);
    }

    /** Removes and returns the cotangents of these values, for the caller to release. */
    List<Tensor> take(List<Tensor> values) {
        List<Tensor> taken = new ArrayList<>(values.size());
        for (Tensor value : values) {
            taken.add(byValue.remove(value));
        }
        return taken;
    }

    void releaseAll(Collection<Tensor> cotangents) {
        for (Tensor cotangent : cotangents) {
            if (cotangent != null) {
                release(cotangent);
            }
        }
    }

    /** The gradient with respect to a variable, as a separate tensor, since callers accumulate into gradients in place. */
    Tensor gradient(Tensor variable) {
        Tensor gradient = byValue.get(variable);
        if (gradient == null) {
            return ops.fill(variable.shape(), 0);
        }
        return owners.get(gradient) == 1 ? gradient : ops.scale(gradient, 1);
    }

    private void release(Tensor cotangent) {
        if (owners.merge(cotangent, -1, Integer::sum) == 0) {
            freeUnowned(cotangent);
        }
    }

    private void freeUnowned(Tensor cotangent) {
        if (compute != null && owners.getOrDefault(cotangent, 0) == 0) {
            owners.remove(cotangent);
            compute.free(cotangent);
        }
    }
}
