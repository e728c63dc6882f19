package org.perk4j.model;

import java.util.List;
import org.perk4j.tensor.Tensor;

/**
 * Keys and values of tokens that a model has read already, per layer, for decoding. The model writes into the tensors. They
 * are a pool, in which each of the sequences that are read has a run of rows to itself; others may have rows beside them.
 *
 * @param keys   one per layer, {@code rows×keyValueColumns}
 * @param values like {@code keys}
 * @param starts the first row of each sequence
 * @param past   tokens of each sequence that are in the cache, virtual ones included; whoever feeds the model counts on,
 *               after all layers
 */
public record KeyValueCache(List<Tensor> keys, List<Tensor> values, int[] starts, int[] past) {
}
