package org.perk4j.task.studentrecords;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perk4j.data.Episode;
import org.perk4j.data.Question;
import org.perk4j.data.TaskSource;
import org.perk4j.data.TaskSource.Split;
import org.perk4j.task.studentrecords.StudentRecordsOptions.Position;
import org.perk4j.task.studentrecords.StudentRecordsOptions.Values;

class StudentRecordsTest {

    private static final Pattern LINE = Pattern.compile("Student Id: (\\d{7}), Student Name: ((?:(?:Mr|Mrs|Ms|Dr)\\. )?"
            + "[A-Z][a-z]+ [A-Z][a-z]+(?: (?:DDS|PhD|MD|DVM|Jr\\.))?), Year: (Freshman|Sophomore|Junior|Senior), "
            + "School: (School of [^,]+), Major: ([^,]+), Grade: (\\d{1,3})");

    private static final Pattern ANY_LINE = Pattern.compile("Student Id: (\\d{7}), Student Name: (?:(?:Mr|Mrs|Ms|Dr)\\. )?"
            + "(?<first>\\p{Lu}\\p{L}+) (?<last>\\p{Lu}\\p{L}+)(?: (?:DDS|PhD|MD|DVM|Jr\\.))?, Year: (?<year>[^,]+), "
            + "School: (?<school>[^,]+), Major: (?<major>[^,]+), Grade: (\\d{1,3})");

    @Test
    void anEpisodeDependsOnSeedSplitAndNumberOnly() {
        TaskSource source = source(7, List.of("recall", "relation", "aggregate"), 8, 3, 5, 1);
        List<Episode> forwards = episodes(source, LongStream.range(0, 50)).toList();
        List<Episode> backwards = episodes(source(7, List.of("recall", "relation", "aggregate"), 8, 3, 5, 1),
                LongStream.range(0, 50).map(i -> 49 - i)).toList();
        List<Episode> atOnce = LongStream.range(0, 50).parallel().boxed()
                .map(i -> source.episode(Split.TRAIN, i)).toList();
        assertEquals(forwards, IntStream.range(0, 50).mapToObj(i -> backwards.get(49 - i)).toList());
        assertEquals(forwards, atOnce);
        assertNotEquals(forwards.get(0), source(8, List.of("recall"), 8, 3, 5, 1).episode(Split.TRAIN, 0));
    }

    @Test
    void splitsShareNoEpisode() {
        TaskSource source = recall(4);
        Set<Episode> seen = new HashSet<>();
        for (Split split : Split.values()) {
            LongStream.range(0, 500).forEach(i -> assertTrue(seen.add(source.episode(split, i))));
        }
    }

    @Test
    void recordsAreLinesWithDistinctIds() {
        Episode episode = recall(1000).episode(Split.TEST, 3);
        Set<String> ids = episode.segments().stream().map(StudentRecordsTest::fields).map(f -> f.get("id"))
                .collect(Collectors.toSet());
        assertEquals(1000, ids.size());
    }

    @Test
    void thereAreFiveRecallQuestionsAboutEachRecord() {
        Episode episode = recall(12).episode(Split.TRAIN, 1);
        assertEquals(60, Set.copyOf(episode.questions()).size());
        Map<String, Map<String, String>> students = students(episode);
        for (Question question : episode.questions()) {
            String id = question.text().replaceAll("\\D", "");
            assertEquals(wording(question.kind()).formatted(id), question.text());
            assertEquals(students.get(id).get(question.kind()), question.answer());
            int index = episode.segments().indexOf(question.support().get(0));
            assertEquals(index / 11.0, question.position());
            assertTrue(episode.segments().get(index).contains(id));
        }
    }

    @Test
    void relationsHold() {
        TaskSource source = source(1, List.of("relation"), 10, 0, 0, 1);
        List<String> sameSchool = episodes(source, LongStream.range(0, 50)).flatMap(episode -> {
            Map<String, Map<String, String>> students = students(episode);
            return episode.questions().stream().map(question -> {
                List<Map<String, String>> pair = Pattern.compile("\\d{7}").matcher(question.text()).results()
                        .map(match -> students.get(match.group())).toList();
                assertEquals(relation(question, pair.get(0), pair.get(1)) ? "Yes" : "No", question.answer());
                assertEquals(2, question.support().size());
                return question;
            });
        }).filter(question -> question.kind().equals("same-school")).map(Question::answer).toList();
        double yes = sameSchool.stream().filter("Yes"::equals).count() / (double) sameSchool.size();
        assertEquals(0.5, yes, 0.1);
    }

    @Test
    void aggregatesAreRight() {
        Episode episode = source(1, List.of("aggregate"), 26, 0, 0, 1).episode(Split.TRAIN, 0);
        Map<String, Question> questions = episode.questions().stream()
                .collect(Collectors.toMap(Question::kind, question -> question));
        int[] grades = students(episode).values().stream().mapToInt(s -> Integer.parseInt(s.get("grade"))).toArray();
        assertEquals(Integer.toString(IntStream.of(grades).max().orElseThrow()), questions.get("highest").answer());
        assertEquals(Integer.toString(IntStream.of(grades).min().orElseThrow()), questions.get("lowest").answer());
        assertEquals(IntStream.of(grades).average().orElseThrow(),
                Double.parseDouble(questions.get("average").answer()), 0.05 + 1e-9);
        assertEquals("What is the average grade of all students?", questions.get("average").text());
    }

    @ParameterizedTest
    @CsvSource({"49.30769230769231, 49.3", "49.25, 49.2", "49.35, 49.4", "0.25, 0.2", "50, 50.0", "0.05, 0.1"})
    void averagesAreRoundedLikeInPython(double average, String expected) {
        assertEquals(expected, Aggregate.oneDecimal(average));
    }

    @Test
    void kindsTakeTurnsUntilThereAreNoMore() {
        Episode episode = source(2, List.of("aggregate", "recall"), 4, 0, 10, 1).episode(Split.TRAIN, 0);
        Map<Boolean, Long> counts = episode.questions().stream()
                .collect(Collectors.partitioningBy(q -> q.text().contains("ID"), Collectors.counting()));
        assertEquals(Map.of(true, 7L, false, 3L), counts);
    }

    @Test
    void theNumberOfRecordsIsDrawnAndSegmentsAreFilled() {
        TaskSource source = source(1, List.of("recall"), 9, 4, 1, 4);
        Set<Integer> sizes = episodes(source, LongStream.range(0, 200)).map(episode -> {
            List<String> segments = episode.segments();
            assertTrue(segments.stream().limit(segments.size() - 1L).allMatch(s -> s.lines().count() == 4));
            return (int) segments.stream().flatMap(String::lines).count();
        }).collect(Collectors.toSet());
        assertEquals(Set.of(4, 5, 6, 7, 8, 9), sizes);
    }

    @Test
    void namesAreAsOftenTitledAsInTheSamples() {
        List<String> lines = recall(5000).episode(Split.TRAIN, 0).segments();
        double titled = lines.stream().filter(line -> fields(line).get("name").matches("(Mr|Mrs|Ms|Dr)\\. .*"))
                .count() / 5000.0;
        assertEquals(0.3, titled, 0.03);
        assertEquals(24, lines.stream().map(line -> fields(line).get("major")).distinct().count());
        assertEquals(3, lines.stream().map(line -> fields(line).get("school")).distinct().count());
    }

    @Test
    void idsHaveAsManyDigitsAsAskedFor() {
        TaskSource source = new StudentRecords()
                .create(new StudentRecordsOptions(1, List.of("recall"), 5, 1, 0, 1, 9, 4, 0, Values.KNOWN, "",
                        Position.ANYWHERE), null);
        Set<Integer> digits = new HashSet<>();
        for (Episode episode : episodes(source, LongStream.range(0, 100)).toList()) {
            Set<Integer> ofOne = episode.segments().stream()
                    .map(line -> line.indexOf(',') - "Student Id: ".length()).collect(Collectors.toSet());
            assertEquals(1, ofOne.size(), "one context, one kind of id");
            digits.addAll(ofOne);
        }
        assertEquals(Set.of(4, 5, 6, 7, 8, 9), digits);
        Episode all = new StudentRecords()
                .create(new StudentRecordsOptions(1, List.of("recall"), 9, 0, 0, 1, 1, 0, 0, Values.KNOWN, "",
                        Position.ANYWHERE), null)
                .episode(Split.TRAIN, 0);
        assertEquals("123456789", all.segments().stream().map(line -> line.substring(12, 13)).sorted()
                .collect(Collectors.joining()), "every id of one digit");
    }

    @Test
    void studentsMayDifferInNameAndYearOnly() {
        TaskSource source = new StudentRecords()
                .create(new StudentRecordsOptions(1, List.of("recall"), 8, 0, 0, 1, 7, 0, 0.25, Values.OPEN, "",
                        Position.ANYWHERE), null);
        long alike = episodes(source, LongStream.range(0, 400)).map(Episode::segments)
                .filter(lines -> lines.stream().map(line -> line.split(", School: ")[1]).distinct().count() == 1)
                .peek(lines -> assertEquals(8, lines.stream().map(line -> line.substring(0, 20)).distinct().count()))
                .count();
        assertEquals(0.25, alike / 400.0, 0.06);
    }

    @Test
    void aRecordMayStandAlone() {
        Episode episode = recall(1).episode(Split.TRAIN, 0);
        assertEquals(5, episode.questions().size());
        assertTrue(episode.questions().stream().allMatch(question -> question.position() == 0));
    }

    @Test
    void badOptionsAreNamed() {
        assertTrue(assertThrows(IllegalArgumentException.class, () -> source(0, List.of("recal"), 4, 0, 0, 1))
                .getMessage().startsWith("kinds must be one or more of recall, relation, aggregate"));
        assertThrows(IllegalArgumentException.class, () -> source(0, List.of("relation"), 1, 0, 0, 1));
        assertThrows(IllegalArgumentException.class, () -> source(0, List.of("recall"), 4, 5, 0, 1));
        String few = assertThrows(IllegalArgumentException.class, () -> new StudentRecordsOptions(1, List.of("recall"),
                10, 0, 0, 1, 7, 1, 0, Values.KNOWN, "", Position.ANYWHERE)).getMessage();
        assertTrue(few.contains("raise minimumIdDigits"), few);
    }

    @ParameterizedTest
    @CsvSource({"BEGINNING,0,0.33", "MIDDLE,0.33,0.66", "END,0.66,1", "ANYWHERE,0,1"})
    void questionsAskForRecordsInOneThirdOfTheContext(Position position, double from, double to) {
        for (int records : new int[] {3, 4, 5, 24}) {
            TaskSource source = at(position, List.of("recall"), records);
            Set<Double> positions = new HashSet<>();
            for (Episode episode : episodes(source, LongStream.range(0, 400)).toList()) {
                positions.add(episode.questions().get(0).position());
                assertEquals(records, episode.segments().size());
            }
            assertTrue(positions.stream().allMatch(at -> at >= from && at <= to), records + ": " + positions);
            long inThird = IntStream.range(0, records).mapToDouble(i -> i / (records - 1.0))
                    .filter(at -> at >= from && at <= to).count();
            assertEquals(inThird, positions.size(), "all of them are asked for");
        }
    }

    /** So that results of other positions can be compared. */
    @Test
    void thePositionChangesTheQuestionsOnly() {
        assertEquals(at(Position.ANYWHERE, List.of("recall"), 9).episode(Split.TEST, 5).segments(),
                at(Position.END, List.of("recall"), 9).episode(Split.TEST, 5).segments());
        assertThrows(IllegalArgumentException.class, () -> at(Position.END, List.of("recall", "aggregate"), 9));
        assertThrows(IllegalArgumentException.class, () -> at(Position.MIDDLE, List.of("recall"), 2));
    }

    private static TaskSource at(Position position, List<String> kinds, int records) {
        return new StudentRecords().create(
                new StudentRecordsOptions(1, kinds, records, 0, 1, 1, 7, 0, 0, Values.KNOWN, "", position), null);
    }

    private static boolean relation(Question question, Map<String, String> first, Map<String, String> second) {
        return switch (question.kind()) {
            case "higher-grade" -> Integer.parseInt(first.get("grade")) > Integer.parseInt(second.get("grade"));
            case "same-major" -> first.get("major").equals(second.get("major"));
            case "same-school" -> first.get("school").equals(second.get("school"));
            case "same-year" -> first.get("year").equals(second.get("year"));
            default -> throw new AssertionError(question.kind());
        };
    }

    private static String wording(String kind) {
        return switch (kind) {
            case "name" -> "What is the name of the student with ID %s?";
            case "major" -> "What major is student with ID %s studying?";
            case "grade" -> "What is the grade of the student with ID %s?";
            case "year" -> "Which year is student with ID %s in?";
            case "school" -> "Which school is the student with ID %s enrolled in?";
            default -> throw new AssertionError(kind);
        };
    }

    private static Map<String, Map<String, String>> students(Episode episode) {
        return episode.segments().stream().flatMap(String::lines).map(StudentRecordsTest::fields)
                .collect(Collectors.toMap(fields -> fields.get("id"), fields -> fields));
    }

    private static Map<String, String> fields(String line) {
        Matcher matcher = LINE.matcher(line);
        assertTrue(matcher.matches(), line);
        Map<String, String> fields = new LinkedHashMap<>();
        List<String> names = List.of("id", "name", "year", "school", "major", "grade");
        names.forEach(name -> fields.put(name, matcher.group(names.indexOf(name) + 1)));
        return fields;
    }

    private static Stream<Episode> episodes(TaskSource source, LongStream numbers) {
        return numbers.mapToObj(i -> source.episode(Split.TRAIN, i));
    }

    @Test
    void unseenValuesAreNoneOfTheKnownOnes() {
        Map<String, Set<String>> known = values(valued(Values.KNOWN, ""));
        Map<String, Set<String>> unseen = values(valued(Values.UNSEEN, ""));
        for (String field : List.of("first", "last", "year", "school", "major")) {
            Set<String> shared = new HashSet<>(unseen.get(field));
            shared.retainAll(known.get(field));
            assertEquals(Set.of(), shared, field);
        }
        assertEquals(24, unseen.get("major").size());
    }

    @Test
    void openValuesHaveNoEnd() {
        Map<String, Set<String>> open = values(anything(valued(Values.OPEN, "")));
        assertTrue(open.get("last").size() > 600 && open.get("major").size() > 600 && open.get("school").size() > 600,
                open.toString());
        Set<String> known = new HashSet<>(values(valued(Values.KNOWN, "")).get("last"));
        known.retainAll(open.get("last"));
        assertTrue(known.size() > 70, "known values stay among them");
    }

    @Test
    void openContextsAreOfOneUniversityOrOfKnownValuesOrOfAnything() {
        TaskSource source = new StudentRecords()
                .create(new StudentRecordsOptions(1, List.of("recall"), 96, 0, 1, 1, 7, 0, 0, Values.OPEN, "",
                        Position.ANYWHERE), null);
        Map<String, Set<String>> known = values(valued(Values.KNOWN, ""));
        int ofKnown = 0;
        int ofOne = 0;
        for (Episode episode : episodes(source, LongStream.range(0, 300)).toList()) {
            Map<String, Set<String>> values = values(episode);
            if (known.get("school").containsAll(values.get("school"))) {
                assertTrue(known.get("major").containsAll(values.get("major")), "of what is known all");
                ofKnown++;
            } else if (values.get("school").size() <= 10) {
                assertTrue(values.get("major").size() <= 60 && values.get("year").size() <= 6, "of one university few");
                ofOne++;
            }
        }
        assertEquals(0.2, ofKnown / 300.0, 0.07);
        assertEquals(0.5, ofOne / 300.0, 0.09);
    }

    @Test
    void halfOfTheOpenWordsAreListedWhereThereIsAList(@TempDir Path folder) throws IOException {
        Path words = Files.writeString(folder.resolve("words.txt"), "quartzite\nmarmalade\n");
        long listed = anything(valued(Values.OPEN, words.toString())).segments().stream()
                .filter(line -> line.matches(".*Student Name: \\P{Ll}?.*(Quartzite|Marmalade).*, Year: .*")).count();
        assertEquals(1000 * 0.7 * 0.75, listed, 60, "one of two names in 7 of 10 records");
    }

    @Test
    void wordsThatCannotBeReadAreNamedAtOnce(@TempDir Path folder) throws IOException {
        Path empty = Files.createFile(folder.resolve("empty.txt"));
        for (Path file : List.of(empty, folder.resolve("missing.txt"), folder)) {
            String message = assertThrows(IllegalArgumentException.class, () -> valued(Values.OPEN, file.toString()))
                    .getMessage();
            assertTrue(message.startsWith("words: " + file), message);
        }
        assertThrows(IllegalArgumentException.class, () -> valued(Values.KNOWN, empty.toString()));
    }

    /** @return an episode whose students aren't of one university, and not all of known values */
    private static Episode anything(TaskSource source) {
        return episodes(source, LongStream.range(0, 30)).filter(episode -> values(episode).get("school").size() > 600)
                .findFirst().orElseThrow();
    }

    /** @return each field's values in a thousand records */
    private static Map<String, Set<String>> values(TaskSource source) {
        return values(source.episode(Split.TRAIN, 0));
    }

    private static Map<String, Set<String>> values(Episode episode) {
        Map<String, Set<String>> values = new LinkedHashMap<>();
        for (String line : episode.segments()) {
            Matcher matcher = ANY_LINE.matcher(line);
            assertTrue(matcher.matches(), line);
            List.of("first", "last", "year", "school", "major").forEach(field ->
                    values.computeIfAbsent(field, f -> new HashSet<>()).add(matcher.group(field)));
        }
        return values;
    }

    private static TaskSource valued(Values values, String words) {
        return new StudentRecords()
                .create(new StudentRecordsOptions(1, List.of("recall"), 1000, 0, 0, 1, 7, 0, 0, values, words,
                        Position.ANYWHERE), null);
    }

    private static TaskSource recall(int records) {
        return source(1, List.of("recall"), records, 0, 0, 1);
    }

    private static TaskSource source(long seed, List<String> kinds, int records, int minimum, int questions,
            int perSegment) {
        return new StudentRecords().create(
                new StudentRecordsOptions(seed, kinds, records, minimum, questions, perSegment, 7, 0, 0, Values.KNOWN, "",
                        Position.ANYWHERE),
                null);
    }
}
