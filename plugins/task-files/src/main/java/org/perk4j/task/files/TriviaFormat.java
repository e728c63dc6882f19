package org.perk4j.task.files;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.perk4j.data.Episode;
import org.perk4j.data.Question;
import org.perk4j.formats.JsonValue;

/**
 * TriviaQA (Joshi et al. 2017, arXiv 1705.03551). On Hugging Face (rc, unfiltered) it includes the pages and search results,
 * {@code {"question": …, "answer": {"value": …}, "entity_pages": {"title": […], "wiki_context": […]},
 * "search_results": {"title": […], "description": […], "search_context": […]}}}. The original files only name these texts,
 * but include the descriptions of search results: {@code {"Question": …, "Answer": {"Value": …}, "SearchResults": [{"Title":
 * …, "Description": …}]}}. An instance without any text gives no episode.
 */
final class TriviaFormat {

    private TriviaFormat() {
    }

    static List<Episode> published(Fields fields) {
        List<String> context = new ArrayList<>();
        for (String source : List.of("entity_pages", "search_results")) {
            if (fields.has(source)) {
                Fields found = fields.object(source);
                Stream.of("wiki_context", "search_context").filter(found::has)
                        .forEach(key -> context.addAll(Fields.allTexts(found.get(key))));
            }
        }
        return episodes(context, fields.text("question"), fields.object("answer").text("value"));
    }

    static List<Episode> original(Fields fields) {
        List<String> context = new ArrayList<>();
        if (fields.has("SearchResults")) {
            for (JsonValue result : fields.list("SearchResults")) {
                Fields found = fields.of(result);
                if (found.has("Description") && !found.text("Description").isBlank()) {
                    context.add((found.has("Title") ? found.text("Title") + ": " : "") + found.text("Description"));
                }
            }
        }
        return episodes(context, fields.text("Question"), fields.object("Answer").text("Value"));
    }

    private static List<Episode> episodes(List<String> context, String question, String answer) {
        return context.isEmpty() ? List.of() : List.of(new Episode(context, List.of(
                new Question("triviaqa", question, answer, List.of(), Position.of(answer, context)))));
    }
}
