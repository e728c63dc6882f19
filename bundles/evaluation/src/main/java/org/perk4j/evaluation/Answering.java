package org.perk4j.evaluation;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.perk4j.data.Episode;
import org.perk4j.inference.OpenBase;

/** A method with its model, open to be asked about contexts. */
interface Answering extends AutoCloseable {

    /** @return the method */
    Method method();

    /** @return the model that answers */
    OpenBase model();

    /** @return the number of contexts whose questions are answered together */
    int batch();

    /** @return the questions about a context, prepared */
    Asked about(Episode episode) throws IOException;

    @Override
    void close() throws IOException;

    /**
     * The questions about a context, prepared.
     *
     * @param prompts one for each question
     * @param memory  the memory for all of them, to be closed
     * @param problem why the context could not be encoded, if it could not
     */
    record Asked(List<int[]> prompts, OpenBase.Recollection memory, Optional<String> problem) {
    }
}
