package org.perk4j.evaluation;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.perk4j.data.Episode;
import org.perk4j.data.Question;
import org.perk4j.inference.BaseModel;
import org.perk4j.inference.EpisodeEncoder;
import org.perk4j.inference.Prompts;

/** Makes the prompts for questions about a context. */
@FunctionalInterface
interface Prompting {

    /** What a model that was tuned to talk is asked for, since an answer in a sentence is no exact match. */
    String BRIEFLY = "Answer with the exact words from the text, as few as possible.";

    /** @return a prompt for each question */
    List<int[]> prompts(Episode episode);

    /** @return with the whole context, as PERK's official code has it */
    static Prompting inContext(BaseModel base) {
        EpisodeEncoder encoder = base.encoder(new Prompts(false));
        return episode -> {
            int[] context = encoder.context(episode.segments());
            return ofEach(episode, question -> encoder.questionInContext(context, question));
        };
    }

    /** @return with the whole context, as the base was tuned to be asked */
    static Prompting zeroShot(BaseModel base) {
        return episode -> ofEach(episode, question -> talk(base, String.join("\n", episode.segments()), question));
    }

    /** @return with the best pieces of the context for each question, in their order, as the base was tuned to be asked */
    static Prompting retrieved(BaseModel base, int pieces) {
        return episode -> {
            try (Bm25 index = new Bm25(episode.segments())) {
                return ofEach(episode, question -> talk(base, index.best(question, pieces).stream().sorted()
                        .map(episode.segments()::get).collect(Collectors.joining("\n")), question));
            }
        };
    }

    /** @return without the context, as a memory is asked */
    static Prompting withoutContext(BaseModel base) {
        EpisodeEncoder encoder = base.encoder(new Prompts(false));
        return episode -> {
            int documents = encoder.segments(episode.segments()).size();
            return ofEach(episode, question -> encoder.question(documents, question));
        };
    }

    /** @return without the context, as the base was tuned to be asked */
    static Prompting talk(BaseModel base) {
        return episode -> ofEach(episode, question -> talk(base, "", question));
    }

    private static List<int[]> ofEach(Episode episode, Function<String, int[]> prompt) {
        return episode.questions().stream().map(Question::text).map(prompt).toList();
    }

    private static int[] talk(BaseModel base, String text, String question) {
        String asked = question.strip() + " " + BRIEFLY;
        return base.conversation(List.of(), "", List.of(text.isEmpty() ? asked : text.strip() + "\n\n" + asked), List.of());
    }
}
