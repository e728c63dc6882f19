package org.perk4j.memory;

import java.nio.FloatBuffer;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.perk4j.adapter.AdapterType;
import org.perk4j.tensor.Shape;

/**
 * A context that was written into an adapter; or an adapter made by PEFT, whose origin is unknown. Immutable.
 *
 * @param adapterType     the {@code type} of the adapter plugin; {@link #UNKNOWN_TYPE} if it is to be found with {@link
 *                        AdapterType#ofPeft}
 * @param options         the adapter plugin's options, as a job file has them
 * @param configuration   the adapter's {@code adapter_config.json}
 * @param baseFingerprint SHA-256, in hex, of the weights of the base model that it fits; {@link #UNKNOWN_BASE} if the base
 *                        isn't known, so that the user is responsible for naming the right one
 * @param provenance      what was encoded
 * @param tensors         the adapter's parameters by their PEFT names, in order
 */
public record Memory(String adapterType, Map<String, Object> options, Map<String, Object> configuration,
                     String baseFingerprint, Provenance provenance, Map<String, Matrix> tensors) {

    /** The fingerprint of a base that isn't known. */
    public static final String UNKNOWN_BASE = "";

    /** The type of an adapter made by PEFT, whose plugin is found by its configuration. */
    public static final String UNKNOWN_TYPE = "";

    /**
     * Where a memory comes from.
     *
     * @param source     the file that was encoded, or a description
     * @param sha256     of its bytes, in hex
     * @param tokens     how many it has; 0 if it isn't known
     * @param spans      start of each segment in the text, in characters, and the end of the last; empty if it isn't known
     * @param encodedAt  when
     * @param losses     the context's mean loss of a token, in nats, before each step and after the last, as far as they
     *                   were finite; none if they aren't known
     * @param plugin     the bundle, with its version, of the adapter plugin that wrote it; empty if it isn't known
     */
    public record Provenance(String source, String sha256, long tokens, List<Integer> spans, Instant encodedAt,
                             List<Double> losses, String plugin) {

        /** One whose losses and plugin aren't known. */
        public Provenance(String source, String sha256, long tokens, List<Integer> spans, Instant encodedAt) {
            this(source, sha256, tokens, spans, encodedAt, List.of(), "");
        }

        /**
         * @return whether the losses are known and show that the adapter didn't take up the context: the last is not
         *         below the first
         */
        public boolean isNotTakenUp() {
            return !losses.isEmpty() && losses.get(losses.size() - 1) >= losses.get(0);
        }
    }

    /**
     * A matrix on the heap.
     *
     * @param shape      its shape
     * @param elements   row by row; read-only, from position 0
     * @param dimensions of the tensor in files, as of a {@link org.perk4j.model.ParameterSpec}
     */
    public record Matrix(Shape shape, FloatBuffer elements, List<Integer> dimensions) {

        /** One that is a matrix in files too. */
        public Matrix(Shape shape, FloatBuffer elements) {
            this(shape, elements, List.of(shape.rows(), shape.columns()));
        }
    }
}
