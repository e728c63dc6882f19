package org.perk4j.innerloop;

/**
 * How much of the forward pass may be kept for the backward pass, instead of being computed twice.
 *
 * @param memoryBytes the most bytes of products with frozen weights in the computation's memory
 * @param fileBytes   the most bytes of further such products in a temporary file
 * @param leastOnFile the smallest inner dimension of products that are kept in the file
 */
public record ProductBudget(long memoryBytes, long fileBytes, int leastOnFile) {

    /** Nothing is kept. */
    public static final ProductBudget NONE = new ProductBudget(0, 0, 0);

    /** A product with a smaller inner dimension is computed again before a disk has written and read it. */
    private static final int LEAST_ON_FILE = 512;

    /** A budget whose file holds only products that take longer to compute than to read from a disk. */
    public ProductBudget(long memoryBytes, long fileBytes) {
        this(memoryBytes, fileBytes, LEAST_ON_FILE);
    }
}
