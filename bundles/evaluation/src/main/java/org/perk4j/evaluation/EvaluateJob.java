package org.perk4j.evaluation;

import java.util.List;
import org.perk4j.formats.PluginChoice;
import org.perk4j.plugin.Option;

/** The job file of {@code perk evaluate}, for {@link Evaluation}. */
public record EvaluateJob(
        @Option(help = "folder or GGUF file of the base model", file = Option.File.READ) String base,
        @Option(help = "folder of the trained adapter, to answer from memory; empty to leave that out", value = "",
                file = Option.File.READ)
        String adapter,
        @Option(help = "folder or GGUF file of the base model fine-tuned to answer with the context in its prompt; empty to"
                + " leave that out", value = "", file = Option.File.READ) String ftIcr,
        @Option(help = "also ask the base model without any context", value = "true") boolean noContext,
        @Option(help = "what else is asked, to compare with", value = "{}") Baselines baselines,
        @Option(help = "a text that tells what memories make the base forget", value = "{}") HeldOut heldOut,
        @Option(help = "what computes", value = "nd4j") PluginChoice backend,
        @Option(help = "the tasks to answer, one for each kind and length of context") List<PluginChoice> contexts,
        @Option(help = "what the table and the report call each of the contexts, in their order; [] to tell them by their "
                + "length alone", value = "[]") List<String> names,
        @Option(help = "contexts of each length; all that there are, if a task has fewer", value = "40") int episodes,
        @Option(help = "number of the first episode of the test split", value = "0") long first,
        @Option(help = "the most tokens of an answer", value = "32") int answerTokens,
        @Option(help = "contexts whose questions are answered together: more is faster, less takes less memory, as each "
                + "holds its adapter until then", value = "" + EvaluateJob.BATCH) int batch,
        @Option(help = "folder through which each context goes to the adapter as a user's text would, as a text file that "
                + "is encoded into a memory, which is asked; deleted at the end; empty to encode contexts without such "
                        + "files", value = "", file = Option.File.WRITTEN)
        String files,
        @Option(help = "training logs (log.jsonl) whose curves the report shows", value = "[]", file = Option.File.READ)
        List<String> logs,
        @Option(help = "file for the report, a web page; empty for none", value = "", file = Option.File.WRITTEN)
        String report) {

    /** The default for the number of contexts whose questions are answered together. */
    public static final int BATCH = 4;

    /** @throws IllegalArgumentException naming the key that is out of range */
    public EvaluateJob {
        require(!contexts.isEmpty(), "contexts: name at least one task");
        require(names.isEmpty() || names.size() == contexts.size(), "names: there are " + names.size() + " of them for "
                + contexts.size() + " contexts: name each, or none");
        require(episodes >= 1, "episodes: must be at least 1");
        require(answerTokens >= 1, "answerTokens: must be at least 1");
        require(batch >= 1, "batch: must be at least 1");
        require(first >= 0, "first: must be at least 0");
        require(!adapter.isEmpty() || !ftIcr.isEmpty() || noContext || baselines.isAny(),
                "no method to evaluate: name an adapter, ftIcr or baselines, or set noContext to true");
        require(baselines.fineTuning().steps() == 0 || !adapter.isEmpty(),
                "fineTuning: name an adapter, whose type and shape it takes");
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
