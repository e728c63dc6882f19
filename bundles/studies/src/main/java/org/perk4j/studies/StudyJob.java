package org.perk4j.studies;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.perk4j.evaluation.EvaluateJob;
import org.perk4j.formats.Json;
import org.perk4j.formats.JsonValue;
import org.perk4j.formats.Options;
import org.perk4j.formats.PluginChoice;
import org.perk4j.plugin.Option;

/** The job file of {@code perk study}, for {@link Studies}: a training and a test, which the study varies. */
public record StudyJob(
        @Option(help = "folder or GGUF file of the base model", file = Option.File.READ) String base,
        @Option(help = "what computes", value = "nd4j") PluginChoice backend,
        @Option(help = "folder of a trained adapter, which length and inference can measure; empty to train one",
                value = "", file = Option.File.READ) String adapter,
        @Option(help = "how adapters are trained, as the keys of a train job without base, backend and output; {} if "
                + "adapter names one", value = "{}") JsonValue train,
        @Option(help = "what the task of the tests has other than that of the last stage of train; the whole task without "
                + "train", value = "{}") JsonValue test,
        @Option(help = "a task's type, and what a second test has other than the first, to measure on values that training "
                + "never has: {\"type\": \"student-records\", \"values\": \"unseen\"}. For tests of this type; {} for none",
                        value = "{}") JsonValue unseen,
        @Option(help = "what is varied; [] for what docs/studies.md says of the study", value = "[]")
        List<Variant> variants,
        @Option(help = "folder or GGUF file of the base model fine-tuned to answer with the context in its prompt; empty to "
                + "leave that out", value = "", file = Option.File.READ) String ftIcr,
        @Option(help = "also ask the base model without any context", value = "false") boolean noContext,
        @Option(help = "contexts of each test", value = "40") int episodes,
        @Option(help = "the most tokens of an answer", value = "32") int answerTokens,
        @Option(help = "contexts whose questions are answered together", value = "" + EvaluateJob.BATCH) int batch,
        @Option(help = "adapters that are trained and tested at once; 0 for as many as processors and memory allow, 1 for "
                + "inference, where they would delay each other", value = "0") int parallel,
        @Option(help = "folder for the results, the trained adapters and the report", file = Option.File.WRITTEN)
        String output) {

    /** @throws IllegalArgumentException naming the key that is out of range */
    public StudyJob {
        require(!base.isEmpty() && !output.isEmpty(), "base and output: name a folder each");
        Changes.requireObjects("train, test and unseen", train, test, unseen);
        require(train.members().isEmpty() != adapter.isEmpty(),
                "say how to train an adapter by train, or name a trained one by adapter, but not both");
        for (String key : List.of("base", "backend", "output")) {
            require(!train.members().containsKey(key), "train." + key + ": the study has this key itself: remove it here");
        }
        require(unseen.members().isEmpty() || Changes.type(unseen) != null,
                "unseen: name the type of the tasks that it changes: {\"type\": …}");
        require(variants.stream().map(Variant::fileName).distinct().count() == variants.size(),
                "variants: two of them have the same name, capitals and punctuation aside");
        require(episodes >= 1 && answerTokens >= 1 && batch >= 1, "episodes, answerTokens and batch must be at least 1");
        require(parallel >= 0, "parallel must be at least 0");
    }

    /**
     * @param study      the study
     * @param quickstart the folder with the quickstart's base, adapter and baseline
     * @param output     the folder for the results
     * @return a job that takes some 15 minutes on 2 cores
     */
    public static StudyJob small(Study study, Path quickstart, Path output) throws IOException {
        String text = resource("small/" + study.name().toLowerCase(Locale.ROOT) + ".json");
        JsonValue job = Json.parse(text.replace("\"quickstart/", Json.writeLine(quickstart + "/").replaceFirst("\"$", "")));
        return Options.bind(Changes.with(job, "output", JsonValue.of(output.toString())), StudyJob.class);
    }

    /** @return the same job with another folder for the results */
    public StudyJob to(Path folder) {
        return new StudyJob(base, backend, adapter, train, test, unseen, variants, ftIcr, noContext, episodes, answerTokens,
                batch, parallel, folder.toString());
    }

    static String resource(String name) throws IOException {
        try (InputStream stream = StudyJob.class.getResourceAsStream(name)) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
