package org.perk4j.decoder;

import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.perk4j.model.Model;
import org.perk4j.model.ModelSize;
import org.perk4j.model.ParameterSpec;

/**
 * What a decoder is made of: the embeddings of tokens go through its blocks, one after another, and a last normalisation to
 * the head. Holds no weights. Immutable and thread-safe, if its parts are.
 *
 * @param size      its sizes
 * @param embedding what the first block reads
 * @param blocks    the block of each layer, from 0 on; all have as many weights
 * @param last      the normalisation behind the last block
 * @param head      scores tokens
 */
public record Architecture(ModelSize size, Embedding embedding, IntFunction<Block> blocks, Norm last, Head head) {

    /** @return the model of this architecture */
    public Model model() {
        return new Decoder(this);
    }

    /** @return how many weights it has, without making it; {@link Long#MAX_VALUE} if more than that */
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
