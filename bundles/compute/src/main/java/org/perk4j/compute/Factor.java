package org.perk4j.compute;

/** The second factor of a product. */
sealed interface Factor permits Duals, PackedFactor {

    int rows();

    int columns();

    boolean hasTangent();
}
