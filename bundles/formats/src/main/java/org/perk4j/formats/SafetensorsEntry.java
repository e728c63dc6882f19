package org.perk4j.formats;

import java.nio.FloatBuffer;
import java.util.function.Supplier;
import org.perk4j.formats.SafetensorsHeader.ElementType;

/**
 * A tensor to be written.
 *
 * @param name       unique in its file
 * @param dimensions its dimensions, outermost first; not to be modified
 * @param stored     how its elements are stored
 * @param elements   gives them, row by row, from the buffer's position on; called once, just before they are written, so
 *                   that only one tensor need be in memory at a time
 */
public record SafetensorsEntry(String name, int[] dimensions, Stored stored, Supplier<FloatBuffer> elements) {

    /** A tensor that is stored in binary32. */
    public SafetensorsEntry(String name, int[] dimensions, Supplier<FloatBuffer> elements) {
        this(name, dimensions, Stored.F32, elements);
    }

    long elementCount() {
        long count = 1;
        for (int dimension : dimensions) {
            count = Math.multiplyExact(count, dimension);
        }
        return count;
    }

    /** The element types that can be written. */
    public enum Stored {
        /** IEEE 754 binary32. */
        F32(ElementType.F32),
        /** IEEE 754 binary16: rounded to the nearest, ties to even; values that are too large become infinite. */
        F16(ElementType.F16),
        /** bfloat16, the upper half of a binary32: rounded to the nearest, ties to even. */
        BF16(ElementType.BF16);

        private final ElementType type;

        Stored(ElementType type) {
            this.type = type;
        }

        ElementType type() {
            return type;
        }
    }
}
