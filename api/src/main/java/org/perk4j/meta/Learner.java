package org.perk4j.meta;

import org.perk4j.adapter.Adapter;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.backend.Compute;
import org.perk4j.model.Model;
import org.perk4j.model.Parameters;
import org.perk4j.optimizer.InnerOptimizer;

/**
 * What learns: a frozen base model with an adapter and the optimizer that writes into it.
 *
 * @param compute    evaluates everything; its owner closes it
 * @param autodiff   differentiates
 * @param model      the base model
 * @param weights    its weights, frozen, on {@code compute}
 * @param adapter    the adapter
 * @param optimizer  of the inner loop
 */
public record Learner(Compute compute, Autodiff autodiff, Model model, Parameters weights, Adapter adapter,
                      InnerOptimizer optimizer) {
}
