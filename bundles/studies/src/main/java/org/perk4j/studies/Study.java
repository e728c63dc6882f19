package org.perk4j.studies;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.perk4j.formats.Json;
import org.perk4j.formats.JsonValue;
import org.perk4j.formats.Options;

/** The studies, after those of the PERK paper (arXiv 2507.06415). */
public enum Study {
    /** Each variant is a task, to be trained and tested. */
    COMPLEXITY(true, false, "complexity", "An adapter is trained for each task, and tested on the same one: from facts that "
            + "stand alone to those that have to be put together."),
    /** Each variant is a length of contexts, of the tests alone. */
    LENGTH(false, false, "length", "One adapter, trained at one length, is tested on contexts of other lengths."),
    /** Each variant is a position of what is asked for; each training is tested at all of them. */
    POSITION(true, true, "position", "An adapter is trained for each position of what is asked for, and tested at all of "
            + "them."),
    /** Each variant is a length of contexts, at which time and memory are measured. */
    INFERENCE(false, false, "length", "Writing a text into a memory and answering from it, beside reading it as part of the "
            + "prompt: times are medians over contexts, memory is the peak of all tensors, those of the base included."),
    /** Each variant is a change of the training. */
    ABLATION(true, false, "ablation", "The same training, with one thing changed at a time, and the same test.");

    private static final String ANY = "any";

    private final boolean trainsEach;
    private final boolean crosses;
    private final String variants;
    private final String about;

    Study(boolean trainsEach, boolean crosses, String variants, String about) {
        this.trainsEach = trainsEach;
        this.crosses = crosses;
        this.variants = variants;
        this.about = about;
    }

    /** @return what it compares, for people */
    public String about() {
        return about;
    }

    /** @return whether an adapter is trained for each variant, rather than one for all */
    boolean trainsEach() {
        return trainsEach;
    }

    /** @return whether each trained adapter is tested on all variants, rather than on its own */
    boolean crosses() {
        return crosses;
    }

    private record Variants(List<Variant> variants) {
    }

    /**
     * @param task the type of the task that is varied
     * @return what the study varies by itself
     * @throws IllegalArgumentException if it has nothing for such a task
     */
    List<Variant> variants(String task) throws IOException {
        Map<String, JsonValue> all = Json.parse(StudyJob.resource(variants + ".json")).members();
        JsonValue own = Stream.of(ANY, task).map(all::get).filter(found -> found != null).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("variants: the study " + name().toLowerCase(Locale.ROOT)
                        + " doesn't know what to vary in the task " + task + ", only in "
                        + String.join(" and ", all.keySet()) + ": say it by variants"));
        return Options.bind(Changes.with(Changes.NONE, "variants", own), Variants.class).variants();
    }
}
