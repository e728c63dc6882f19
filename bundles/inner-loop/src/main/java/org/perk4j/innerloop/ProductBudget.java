package org.perk4j.innerloop;

/**
 * The amount of the forward pass's results that may be kept for the backward pass instead of being computed again.
 *
 * @param memoryBytes the most bytes of products with frozen weights in the computation's memory
 * @param fileBytes   the most bytes of further such products in a temporary file
 * @param leastOnFile the smallest inner dimension of products that are kept in the file
 */
public record ProductBudget(long memoryBytes, long fileBytes, int leastOnFile) {

    /** Nothing is kept. */
    public static final ProductBudget NONE = new ProductBudget(0, 0, 0);

    /** A product with a smaller inner dimension is computed faster than a disk writes and reads it. */
    private static final int LEAST_ON_FILE = 512;

    /** Makes a budget whose file only takes products that are slower to compute than to read from a disk. */
    public ProductBudget(long memoryBytes, long fileBytes) {
        this(memoryBytes, fileBytes, LEAST_ON_FILE);
    }
}
