package org.perk4j.decoder;

import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.perk4j.model.Model;
import org.perk4j.model.ModelSize;
import org.perk4j.model.ParameterSpec;

/**
 * The parts of a decoder: the tokens' embeddings pass through its blocks, one after another, and then through a final
 * normalization to the head. Holds no weights. Immutable and thread-safe if its parts are.
 *
 * @param size      its sizes
 * @param embedding computes the input of the first block
 * @param blocks    the block of each layer, numbered from 0; all have the same number of weights
 * @param last      the normalization after the last block
 * @param head      computes the logits
 */
public record Architecture(ModelSize size, Embedding embedding, IntFunction<Block> blocks, Norm last, Head head) {

    /** @return the model of this architecture */
    public Model model() {
        return new Decoder(this);
    }

    /** @return the number of weights, counted without creating the model; {@link Long#MAX_VALUE} if there are more */
    public long weights() {
        double ofBlock = elements(blocks.apply(0).parameters().stream());
        return (long) (elements(outsideOfBlocks()) + size.layers() * ofBlock);
    }

    private Stream<ParameterSpec> outsideOfBlocks() {
        return Stream.of(embedding.parameters(), last.parameters(), head.parameters(embedding)).flatMap(List::stream);
    }

    private static double elements(Stream<ParameterSpec> parameters) {
        return parameters.mapToDouble(parameter -> parameter.shape().size()).sum();
    }
}
