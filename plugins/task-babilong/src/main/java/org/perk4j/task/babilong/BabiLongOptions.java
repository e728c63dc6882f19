package org.perk4j.task.babilong;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.perk4j.data.Position;
import org.perk4j.plugin.Option;

/** The options of BabiLong. */
public record BabiLongOptions(
        @Option(help = "which of all possible episodes: another seed gives others", value = "0") long seed,
        @Option(help = "the tasks, of which each episode has one: qa1 (where somebody is), qa2 (where something is), qa3 "
                + "(where something was before)", value = "[\"qa1\", \"qa2\", \"qa3\"]") List<String> tasks,
        @Option(help = "facts in an episode", value = "16") int facts,
        @Option(help = "words in a context, facts included", value = "800") int contextWords,
        @Option(help = "tokens in a context, facts included, instead of contextWords; 0 for these", value = "0")
        int contextTokens,
        @Option(help = "the most words in a segment; a longer sentence has one to itself", value = "240")
        int segmentWords,
        @Option(help = "the most tokens in a segment, instead of segmentWords; 0 for these", value = "0") int segmentTokens,
        @Option(help = "different questions about an episode, as far as there are so many", value = "1") int questions,
        @Option(help = "a UTF-8 text file to hide the facts in; if empty, made-up sentences", value = "",
                file = Option.File.READ) String text,
        @Option(help = "where in the context the facts are: anywhere, or only among the first third of the other sentences "
                + "(beginning), the second (middle) or the last (end)", value = "anywhere") Position position) {

    /** @throws IllegalArgumentException naming the key, if a value is out of range */
    public BabiLongOptions {
        tasks = List.copyOf(tasks);
        List<String> known = Stream.of(Task.values()).map(Task::key).toList();
        require(!tasks.isEmpty() && known.containsAll(tasks) && Set.copyOf(tasks).size() == tasks.size(),
                "tasks must be one or more of " + String.join(", ", known) + ", each once, but is " + tasks);
        require(facts >= Task.MOST_SUPPORT && facts <= 10_000, "facts must be from " + Task.MOST_SUPPORT + " to 10000");
        require(contextWords >= 1, "contextWords must be at least 1");
        require(contextTokens >= 0 && segmentTokens >= 0, "contextTokens and segmentTokens must not be negative");
        require(segmentWords >= 1, "segmentWords must be at least 1");
        require(questions >= 1, "questions must be at least 1");
    }

    List<Task> chosen() {
        return tasks.stream().map(task -> Task.valueOf(task.toUpperCase(Locale.ROOT))).toList();
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
