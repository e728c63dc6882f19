package org.perk4j.model;

/**
 * The sizes of a model.
 *
 * @param vocabulary number of tokens
 * @param width      columns of the hidden states
 * @param layers     number of blocks
 * @param positions  the longest sequence it can read, in tokens
 */
public record ModelSize(int vocabulary, int width, int layers, int positions) {
}
