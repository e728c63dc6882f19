package org.perk4j.task.files;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.perk4j.data.Episode;
import org.perk4j.formats.JsonValue;

/** The known layouts of instances, recognized by their keys unless the columns are named. */
final class Layouts {

    private final Columns columns;
    private final List<Layout> known;

    /**
     * A layout.
     *
     * @param name     the data that it is from
     * @param keys     the keys that distinguish it from the layouts after it
     * @param episodes the episodes of an instance; none if it has no context
     */
    private record Layout(String name, List<String> keys, Function<Fields, List<Episode>> episodes) {

        static Layout ofOne(String name, List<String> keys, Function<Fields, Episode> episode) {
            return new Layout(name, keys, episode.andThen(List::of));
        }

        boolean fits(Fields fields) {
            return keys.stream().allMatch(fields::has);
        }
    }

    Layouts(TaskFilesOptions options) {
        columns = options.columns();
        known = List.of(
                Layout.ofOne("Student Records", List.of("database"),
                        new StudentRecordsFormat(options.recordsPerSegment())::episode),
                new Layout("SQuAD", List.of("paragraphs"), SquadFormat::article),
                Layout.ofOne("SQuAD in rows", List.of("context", "answers"), SquadFormat::row),
                Layout.ofOne("HotpotQA", List.of("context", "supporting_facts"), HotpotFormat::episode),
                new Layout("TriviaQA", List.of("Question", "Answer"), TriviaFormat::original),
                new Layout("TriviaQA of Hugging Face", List.of("question", "answer", "entity_pages"),
                        TriviaFormat::published),
                Layout.ofOne("RULER", List.of("input", "outputs"), RulerFormat::episode),
                Layout.ofOne("BABILong of Hugging Face", List.of("input", "question", "target"), BabiLongFormat::published),
                Layout.ofOne("LongGorilla", List.of("context", "location"), LongGorillaFormat::episode),
                Layout.ofOne("BabiLong", List.of("context"), BabiLongFormat::episode));
    }

    /** @throws IllegalArgumentException naming file, place and remedy, if an instance doesn't fit the layout of its keys */
    List<Episode> episodes(JsonValue instance, Placeholders placeholders) {
        if (columns.given()) {
            return List.of(columns.episode(instance));
        }
        Fields fields = new Fields(instance, placeholders);
        List<Episode> episodes = known.stream().filter(layout -> layout.fits(fields)).findFirst()
                .orElseThrow(() -> Fields.problem(instance, "the layout is unknown: name the columns in columns; "
                        + "known are " + known.stream().map(layout -> layout.name() + " (" + String.join(", ", layout.keys())
                        + ")").collect(Collectors.joining(", "))))
                .episodes().apply(fields);
        if (episodes.stream().anyMatch(episode -> episode.segments().stream().allMatch(String::isBlank))) {
            throw Fields.problem(instance, "its context is blank: give a text to read, or leave it out");
        }
        return episodes;
    }
}
