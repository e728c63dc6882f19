package org.perk4j.meta;

import org.perk4j.adapter.Adapter;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.backend.Compute;
import org.perk4j.model.Model;
import org.perk4j.model.Parameters;
import org.perk4j.optimizer.InnerOptimizer;

/**
 * What an objective works with: a frozen base model, an adapter, and the optimizer of the inner loop.
 *
 * @param compute    evaluates everything; closed by whoever opened it
 * @param autodiff   differentiates
 * @param model      the base model
 * @param weights    the model's weights, frozen, on {@code compute}
 * @param adapter    the adapter
 * @param optimizer  of the inner loop
 */
public record Learner(Compute compute, Autodiff autodiff, Model model, Parameters weights, Adapter adapter,
                      InnerOptimizer optimizer) {
}
