package org.perk4j.tensor;

/**
 * The heads of an attention layer. Its input packs queries, keys and values side by side:
 * {@code [query heads | key heads | value heads]}, each head {@code size} columns wide.
 *
 * @param queries   number of query heads
 * @param keyValues number of key heads and of value heads; divides {@code queries} (grouped-query attention)
 * @param size      columns of one head
 */
public record Heads(int queries, int keyValues, int size) {

    /** @throws IllegalArgumentException if a number is not positive or the query heads don't divide into groups */
    public Heads {
        if (queries < 1 || keyValues < 1 || size < 1 || queries % keyValues != 0) {
            throw new IllegalArgumentException("impossible heads: " + queries + " queries, " + keyValues
                    + " keys and values, of size " + size);
        }
    }

    /** @return the columns of the packed queries, and of the attention's output */
    public int queryColumns() {
        return queries * size;
    }

    /** @return the columns of the packed keys, and of the packed values */
    public int keyValueColumns() {
        return keyValues * size;
    }

    /** @return the columns of queries, keys and values together */
    public int packedColumns() {
        return queryColumns() + 2 * keyValueColumns();
    }
}
