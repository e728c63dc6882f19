package org.perk4j.task.files;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.perk4j.data.Episode;
import org.perk4j.data.Question;

/**
 * {@code {"database": [{"Student Id": …, …}, …], "questions": [{"question": …, "answer": …}, …]}}. Each record becomes a
 * line; a record that occurs twice also does so in the context.
 */
final class StudentRecordsFormat {

    private static final Pattern ID = Pattern.compile("\\d{7}");

    /** A characteristic part of each wording, and the kind of question that it indicates. */
    private static final Map<String, String> KINDS = Map.ofEntries(
            Map.entry("What is the name of the student", "name"),
            Map.entry("What major is student", "major"),
            Map.entry("What is the grade of the student", "grade"),
            Map.entry("Which year is student", "year"),
            Map.entry("Which school is the student", "school"),
            Map.entry("a higher grade than", "higher-grade"),
            Map.entry("the same major as", "same-major"),
            Map.entry("in the same school", "same-school"),
            Map.entry("in the same year", "same-year"),
            Map.entry("highest grade among all", "highest"),
            Map.entry("lowest grade among all", "lowest"),
            Map.entry("average grade of all", "average"));

    private final int recordsPerSegment;

    StudentRecordsFormat(int recordsPerSegment) {
        this.recordsPerSegment = recordsPerSegment;
    }

    Episode episode(Fields fields) {
        List<Entry> records = fields.objects("database").stream()
                .map(student -> new Entry(student.text("Student Id"), line(student.all()))).toList();
        List<Question> questions = fields.objects("questions").stream()
                .map(question -> question(question.text("question"), question.text("answer"), records)).toList();
        return new Episode(segments(records), questions);
    }

    private static String line(Map<String, String> student) {
        return student.entrySet().stream().map(field -> field.getKey() + ": " + field.getValue())
                .collect(Collectors.joining(", "));
    }

    private List<String> segments(List<Entry> records) {
        List<String> segments = new ArrayList<>();
        for (int from = 0; from < records.size(); from += recordsPerSegment) {
            List<Entry> part = records.subList(from, Math.min(from + recordsPerSegment, records.size()));
            segments.add(part.stream().map(Entry::line).collect(Collectors.joining("\n")));
        }
        return segments;
    }

    /** The support of a question are the records that it names. */
    private static Question question(String text, String answer, List<Entry> records) {
        List<String> ids = ID.matcher(text).results().map(match -> match.group()).toList();
        List<String> support = ids.stream().flatMap(id -> records.stream().filter(r -> r.id().equals(id)).limit(1))
                .map(Entry::line).toList();
        double position = IntStream.range(0, records.size()).filter(i -> ids.contains(records.get(i).id()))
                .mapToDouble(i -> i / Math.max(1.0, records.size() - 1.0)).max().orElse(Double.NaN);
        return new Question(kind(text), text, answer, support, position);
    }

    private static String kind(String question) {
        return KINDS.entrySet().stream().filter(kind -> question.contains(kind.getKey())).map(Map.Entry::getValue)
                .findFirst().orElse("student-records");
    }

    private record Entry(String id, String line) {
    }
}
