package org.perk4j.model;

import java.util.List;
import org.perk4j.tensor.Tensor;

/**
 * Keys and values of tokens that a model has already read, per layer, for decoding. The model writes into the tensors. They
 * are a pool in which each sequence has consecutive rows of its own; sequences that aren't read now may have rows there too.
 *
 * @param keys   one per layer, {@code rows×keyValueColumns}
 * @param values like {@code keys}
 * @param starts the first row of each sequence
 * @param past   tokens of each sequence that are in the cache, virtual ones included; the caller updates it after the model
 *               has read
 */
public record KeyValueCache(List<Tensor> keys, List<Tensor> values, int[] starts, int[] past) {
}
