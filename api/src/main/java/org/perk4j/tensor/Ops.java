package org.perk4j.tensor;

import java.util.List;
import java.util.function.Supplier;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The closed set of differentiable operations. Models, adapters and optimizers are written in these and in nothing else.
 * Evaluated by a {@link org.perk4j.backend.Compute} they give values (and tangents, if arguments carry them), evaluated
 * within {@link org.perk4j.autodiff.Autodiff} they give gradients, and with both combined second derivatives.
 *
 * <p>Results are new tensors, owned by the innermost open scope; arguments are never changed. Unless stated otherwise, an
 * operation throws {@link IllegalArgumentException} if shapes don't fit or a tensor belongs to another computation. An
 * instance may be used by one thread at a time.
 *
 * <p>Notation: {@code m×n} is a shape, {@code a ⊙ b} the elementwise product, {@code aᵀ} the transposed matrix.
 */
@ProviderType
public interface Ops {

    // ---- constants and elementwise arithmetic

    /** @return a tensor without tangent with the given elements, row by row; copied */
    Tensor constant(Shape shape, double... elements);

    /** @return a tensor without tangent with all elements equal to {@code value} */
    Tensor fill(Shape shape, double value);

    /** @return {@code α·a + β·b} of two tensors of one shape */
    Tensor combine(double alpha, Tensor a, double beta, Tensor b);

    /** @return {@code a + b} */
    default Tensor add(Tensor a, Tensor b) {
        return combine(1, a, 1, b);
    }

    /** @return {@code scale·a + shift}, the shift added to each element */
    Tensor affine(Tensor a, double scale, double shift);

    /** @return {@code factor·a} */
    default Tensor scale(Tensor a, double factor) {
        return affine(a, factor, 0);
    }

    /** @return {@code a ⊙ b} of two tensors of one shape */
    Tensor multiply(Tensor a, Tensor b);

    /** @return {@code f(x)}, elementwise */
    Tensor map(Activation f, Tensor x);

    /** @return {@code f'(x) ⊙ gradient}: the gradient of {@link #map} */
    Tensor mapGradient(Activation f, Tensor x, Tensor gradient);

    // ---- broadcasts and reductions

    /** @return {@code s·a} for a {@code 1×1} tensor {@code s} */
    Tensor multiplyScalar(Tensor a, Tensor s);

    /** @return the rows of {@code a} ({@code m×n}), row {@code i} multiplied by {@code column[i]} ({@code m×1}) */
    Tensor scaleRows(Tensor a, Tensor column);

    /** @return {@code m×1}: the inner product of row {@code i} of {@code a} and row {@code i} of {@code b} */
    Tensor rowDots(Tensor a, Tensor b);

    /** @return {@code 1×1}: the sum of {@code a ⊙ b} */
    Tensor dot(Tensor a, Tensor b);

    /** @return {@code 1×n}: the sum of the rows of {@code a} */
    Tensor sumRows(Tensor a);

    /** @return {@code count×n}: the row {@code 1×n}, repeated */
    Tensor repeatRow(Tensor row, int count);

    // ---- selection

    /** @return one row of {@code table} per index, {@code rows.length×n}; an index of -1 gives a row of zeros */
    Tensor gatherRows(Tensor table, int... rows);

    /**
     * The gradient of {@link #gatherRows}.
     *
     * @return {@code count×n}: row {@code i} of {@code a} added to row {@code rows[i]}, in the order of {@code i}; rows with
     *         index -1 are dropped
     */
    Tensor scatterRows(Tensor a, int count, int... rows);

    /** @return the columns {@code from … from+count-1} of {@code a} */
    Tensor columns(Tensor a, int from, int count);

    /** @return the parts side by side; all have the same number of rows */
    Tensor concatenateColumns(Tensor... parts);

    /**
     * A dropout mask: 1/keep with probability {@code keep}, else 0, without tangent. Element {@code (i, j)} depends on
     * {@code rowKeys[i]} and {@code j} alone and is the same on every backend: a counter-based draw (SplitMix64 of
     * {@code rowKeys[i] + (j+1)·0x9E3779B97F4A7C15}, its upper 53 bits as a fraction of 1, kept if below {@code keep}).
     */
    Tensor dropoutMask(long[] rowKeys, int columns, double keep);

    // ---- many tensors as one row

    /** @return {@code 1×n}: the elements of all parts, of any shapes, one part after another, each row by row */
    Tensor join(Tensor... parts);

    /**
     * The inverse of {@link #join}; with a single shape it reshapes a tensor. The parts are tensors like any others, except
     * that they may share the memory of {@code whole}, which is then freed together with the last of them and {@code whole}.
     * Therefore don't {@linkplain org.perk4j.backend.Compute#accumulate accumulate} into any of them.
     *
     * @param shapes with as many elements in all as {@code whole}
     * @return the elements of {@code whole}, row by row, as tensors of these shapes
     */
    List<Tensor> split(Tensor whole, List<Shape> shapes);

    /** @return the elements of {@code a}, row by row, as a matrix of another shape; a part like those of {@link #split} */
    default Tensor reshape(Tensor a, Shape shape) {
        return split(a, List.of(shape)).get(0);
    }

    /**
     * @param column {@code m×1}, a factor for each part
     * @param sizes  the number of elements of each of the m parts of {@code whole}, in row-major order; they sum to its size
     * @return {@code whole}, the elements of part {@code k} multiplied by {@code column[k]}
     */
    Tensor scaleParts(Tensor whole, Tensor column, int... sizes);

    /**
     * @param sizes as for {@link #scaleParts}, of two tensors of one shape
     * @return {@code m×1}: the inner product of part {@code k} of {@code a} and part {@code k} of {@code b}
     */
    Tensor partDots(Tensor a, Tensor b, int... sizes);

    // ---- linear algebra

    /** @return {@code a·b}, each factor transposed first if its flag is set */
    Tensor matmul(Tensor a, boolean transposeA, Tensor b, boolean transposeB);

    /** @return {@code α·a·b}, each factor transposed first if its flag is set */
    Tensor scaledMatmul(double alpha, Tensor a, boolean transposeA, Tensor b, boolean transposeB);

    /** @return {@code a·b} */
    default Tensor matmul(Tensor a, Tensor b) {
        return matmul(a, false, b, false);
    }

    /** @return {@code x·weight + bias}: {@code m×k}, {@code k×n}, {@code 1×n} or null for no bias */
    Tensor linear(Tensor x, Tensor weight, Tensor bias);

    /** @return {@code c + α·a·bᵀ}: {@code m×n}, {@code m×k}, {@code n×k} (a low-rank update, say) */
    Tensor addProduct(Tensor c, double alpha, Tensor a, Tensor b);

    /**
     * Like {@link #addProduct}, for a {@code c} that is not used any more: it may be freed, and its memory be the result's.
     */
    default Tensor addProductTo(Tensor c, double alpha, Tensor a, Tensor b) {
        return addProduct(c, alpha, a, b);
    }

    // ---- fused layers of a transformer

    /**
     * @return each row of {@code x} normalized to mean 0 and variance 1, times {@code gain}, plus {@code bias} (both
     *         {@code 1×n}) (Ba et al. 2016)
     */
    Tensor layerNorm(Tensor x, Tensor gain, Tensor bias, double epsilon);

    /** @return the gradients of {@link #layerNorm}, given that of its output */
    NormGradients layerNormGradient(Tensor x, Tensor gain, Tensor gradient, double epsilon);

    /** @return the gradient of {@link #layerNorm} with respect to {@code x} alone, given that of its output */
    default Tensor layerNormInputGradient(Tensor x, Tensor gain, Tensor gradient, double epsilon) {
        return layerNormGradient(x, gain, gradient, epsilon).input();
    }

    /** @return each row of {@code x} divided by its root mean square, times {@code gain} (1×n) (Zhang, Sennrich 2019) */
    Tensor rmsNorm(Tensor x, Tensor gain, double epsilon);

    /** @return the gradients of {@link #rmsNorm}, given that of its output; none for a bias */
    NormGradients rmsNormGradient(Tensor x, Tensor gain, Tensor gradient, double epsilon);

    /** @return the gradient of {@link #rmsNorm} with respect to {@code x} alone, given that of its output */
    default Tensor rmsNormInputGradient(Tensor x, Tensor gain, Tensor gradient, double epsilon) {
        return rmsNormGradient(x, gain, gradient, epsilon).input();
    }

    /**
     * Rotary position embedding (Su et al. 2021), in the half-split layout of Llama and Qwen.
     *
     * @param packed      queries, keys and values as {@link Heads} packs them; the values pass unchanged
     * @param positions   the position of each row
     * @param frequencies {@code heads.size()/2} angles per position, in radians
     * @param inverse     whether to rotate backwards, which is also how gradients are rotated
     * @return the same shape as {@code packed}
     */
    Tensor rotate(Tensor packed, Heads heads, int[] positions, double[] frequencies, boolean inverse);

    /**
     * Causal attention within each segment (Vaswani et al. 2017).
     *
     * @param packed queries, keys and values as {@link Heads} packs them
     * @return {@code m×heads.queryColumns()}
     */
    Tensor attention(Tensor packed, AttentionSpec spec, Segments segments);

    /** @return the gradient of {@link #attention} with respect to {@code packed}, given that of its output */
    Tensor attentionGradient(Tensor packed, Tensor gradient, AttentionSpec spec, Segments segments);

    /**
     * Attention of new rows to the rows in a cache and to themselves, for decoding. Writes the keys and values of the new
     * rows into the cache, after the {@code past[s]} rows that sequence {@code s} has there, and is therefore not
     * differentiable.
     *
     * @param segments the new rows of each sequence
     * @param keys     {@code rows×heads.keyValueColumns()}: a pool in which each sequence has consecutive rows of its own;
     *                 other sequences may have rows there too
     * @param values   like {@code keys}
     * @param starts   the first row of each sequence in the cache
     * @param past     rows of each sequence that are in the cache already
     * @throws IllegalArgumentException      if a sequence would reach beyond the cache, or into the rows of another
     * @throws UnsupportedOperationException while differentiating, or on tangents
     */
    Tensor cachedAttention(Tensor packed, AttentionSpec spec, Segments segments, Tensor keys, Tensor values, int[] starts,
                           int[] past);

    /**
     * The language-model head and its cross-entropy, fused and chunked over tokens: the logits {@code hidden·headᵀ} are
     * never held whole.
     *
     * @param hidden   {@code m×d}
     * @param head     {@code v×d}
     * @param softCap  logits {@code z} become {@code softCap·tanh(z/softCap)}; {@link AttentionSpec#UNCAPPED} keeps them
     * @param targets  the token that each row is to predict, or -1 for none (nothing is computed for such a row)
     * @param gradient whether to compute {@link TokenLoss#gradient()} as well
     */
    TokenLoss tokenLoss(Tensor hidden, Tensor head, double softCap, int[] targets, boolean gradient);

    /** @return {@link #tokenLoss(Tensor, Tensor, double, int[], boolean)} without a soft cap */
    default TokenLoss tokenLoss(Tensor hidden, Tensor head, int[] targets, boolean gradient) {
        return tokenLoss(hidden, head, AttentionSpec.UNCAPPED, targets, gradient);
    }

    /**
     * @return {@code v×d}: the gradient of {@code Σ gradient[i]·loss[i]} of {@link #tokenLoss} with respect to the head;
     *         {@code gradient} is {@code m×1}
     */
    Tensor headGradient(Tensor hidden, Tensor head, double softCap, int[] targets, Tensor gradient);

    /** @return {@link #headGradient(Tensor, Tensor, double, int[], Tensor)} without a soft cap */
    default Tensor headGradient(Tensor hidden, Tensor head, int[] targets, Tensor gradient) {
        return headGradient(hidden, head, AttentionSpec.UNCAPPED, targets, gradient);
    }

    // ---- lifetime

    /**
     * Evaluates {@code body} in a scope of its own: its temporaries are freed as soon as nothing reads them any more, and
     * its result passes to the enclosing scope. A model wraps each of its layers in this.
     */
    Tensor scoped(Supplier<Tensor> body);
}
