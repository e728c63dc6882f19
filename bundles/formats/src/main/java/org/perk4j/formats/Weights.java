package org.perk4j.formats;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.osgi.annotation.versioning.ProviderType;
import org.perk4j.backend.PackedMatrix;

/**
 * The tensors of a model by Hugging Face's names, in whatever files and format they are stored. Each is read when it is
 * asked for. Thread-safe.
 */
@ProviderType
public interface Weights extends AutoCloseable {

    /** @return the names of the tensors */
    Set<String> names();

    /** @return the dimensions of a tensor, outermost first; none for a scalar */
    int[] dimensions(String name);

    /** @return the element type of a tensor as its format names it, such as {@code F32}, {@code BF16} or {@code Q4_K} */
    String dtype(String name);

    /** @return the file that holds a tensor */
    Path file(String name);

    /**
     * @return a tensor's elements as floats, row by row
     * @throws IOException if they can't be read, are not floating-point numbers, or are too many for an array
     */
    float[] read(String name) throws IOException;

    /**
     * @return a tensor's elements in bfloat16, row by row; those stored in another type are rounded to the nearest, ties to
     *         even
     * @throws IOException if they can't be read, are not floating-point numbers, or are too many for an array
     */
    short[] readBfloat16(String name) throws IOException;

    /**
     * @return a matrix as it is stored, mapped into memory for as long as it is reachable, also after this is closed; empty
     *         for tensors that take no less memory so than in floats
     * @throws IOException if it can't be mapped
     */
    default Optional<PackedMatrix> packed(String name) throws IOException {
        return Optional.empty();
    }

    @Override
    void close() throws IOException;
}
