package org.perk4j.task.files;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.perk4j.data.Episode;
import org.perk4j.data.Question;
import org.perk4j.formats.JsonValue;

/**
 * HotpotQA (Yang et al. 2018, arXiv 1809.09600), distractor or fullwiki: {@code {"context": [["title", ["sentence", …]], …],
 * "supporting_facts": [["title", 0], …], "question": …, "answer": …, "type": …}}, or with columns instead of pairs,
 * {@code {"title": […], "sentences": [[…]]}}, as on Hugging Face. A paragraph is a segment that begins with its title.
 */
final class HotpotFormat {

    private HotpotFormat() {
    }

    static Episode episode(Fields fields) {
        Map<String, List<String>> paragraphs = new LinkedHashMap<>();
        for (List<JsonValue> pair : pairs(fields, "context", "title", "sentences")) {
            paragraphs.merge(Fields.text(pair.get(0)), Fields.list(pair.get(1)).stream().map(Fields::text).toList(),
                    (one, same) -> one);
        }
        List<String> support = new ArrayList<>();
        for (List<JsonValue> fact : pairs(fields, "supporting_facts", "title", "sent_id")) {
            List<String> sentences = paragraphs.getOrDefault(Fields.text(fact.get(0)), List.of());
            int number = number(fact.get(1));
            if (number < sentences.size()) { // some facts refer to missing sentences or paragraphs
                support.add(sentences.get(number).strip());
            }
        }
        List<String> context = new ArrayList<>();
        paragraphs.forEach((title, sentences) -> context.add(title + ": " + String.join("", sentences).strip()));
        if (context.isEmpty()) {
            throw Fields.problem(fields.get("context"), "there is nothing in this list: give it at least one entry");
        }
        String kind = fields.has("type") ? "hotpotqa-" + fields.text("type") : "hotpotqa";
        return new Episode(context, List.of(new Question(kind, fields.text("question"), fields.text("answer"), support,
                Position.ofLast(support, context))));
    }

    private static List<List<JsonValue>> pairs(Fields fields, String key, String first, String second) {
        if (fields.get(key).members() != null) {
            List<JsonValue> firsts = fields.object(key).list(first);
            List<JsonValue> seconds = fields.object(key).list(second);
            if (firsts.size() != seconds.size()) {
                throw Fields.problem(fields.get(key), first + " and " + second + " differ in length");
            }
            return IntStream.range(0, firsts.size()).mapToObj(i -> List.of(firsts.get(i), seconds.get(i))).toList();
        }
        for (JsonValue pair : fields.list(key)) {
            if (Fields.list(pair).size() != 2) {
                throw Fields.problem(pair, "expected a pair, [" + first + ", " + second + "]");
            }
        }
        return fields.list(key).stream().map(Fields::list).toList();
    }

    private static int number(JsonValue value) {
        if (value.content() instanceof Number number && number.intValue() >= 0) {
            return number.intValue();
        }
        throw Fields.problem(value, "expected the number of a sentence, from 0");
    }
}
