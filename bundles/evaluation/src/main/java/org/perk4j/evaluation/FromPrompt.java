package org.perk4j.evaluation;

import java.util.Optional;
import org.perk4j.data.Episode;
import org.perk4j.inference.OpenBase;

/** Answers from what stands in the prompt. */
record FromPrompt(Method method, OpenBase model, int batch, Prompting prompting) implements Answering {

    @Override
    public Asked about(Episode episode) {
        return new Asked(prompting.prompts(episode), model.nothing(), Optional.empty());
    }

    @Override
    public void close() {
        model.close();
    }
}
