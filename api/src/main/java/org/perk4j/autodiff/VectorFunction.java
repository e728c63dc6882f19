package org.perk4j.autodiff;

import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/** A function of tensors, written in the operations that are passed to it. */
@ConsumerType
@FunctionalInterface
public interface VectorFunction {

    /** @return the results at {@code arguments}; pure */
    List<Tensor> apply(Ops ops, List<Tensor> arguments);
}
