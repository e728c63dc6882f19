package org.perk4j.model;

import java.util.List;
import org.perk4j.tensor.Tensor;

/**
 * Keys and values of tokens that a model has read already, per layer, for decoding. The model writes into the tensors.
 *
 * @param keys   one per layer, {@code (sequences·capacity)×keyValueColumns}
 * @param values like {@code keys}
 * @param past   tokens of each sequence that are in the cache; whoever feeds the model advances it, after all layers
 */
public record KeyValueCache(List<Tensor> keys, List<Tensor> values, int[] past) {
}
