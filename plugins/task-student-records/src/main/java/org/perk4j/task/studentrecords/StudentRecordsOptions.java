package org.perk4j.task.studentrecords;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.perk4j.plugin.Option;

/** The options of Student Records. */
public record StudentRecordsOptions(
        @Option(help = "which of all possible episodes: another seed gives others", value = "0") long seed,
        @Option(help = "what is asked: recall (a field of a record), relation (of two records), aggregate (over all)",
                value = "[\"recall\"]") List<String> kinds,
        @Option(help = "records in an episode, or the most if minimumRecords is given; some 40 tokens each",
                value = "24") int records,
        @Option(help = "the fewest records in an episode, which then has a random number of them; 0 for as many as "
                + "records", value = "0") int minimumRecords,
        @Option(help = "questions in an episode, as far as there are so many; 0 for all that there are (with recall all "
                + "five fields of every record)", value = "0") int questions,
        @Option(help = "records in a segment", value = "1") int recordsPerSegment,
        @Option(help = "digits of an id, or the most if minimumIdDigits is given", value = "7") int idDigits,
        @Option(help = "the fewest digits of an id in an episode, which then has ids of a random number of them; 0 for as "
                + "many as idDigits", value = "0") int minimumIdDigits,
        @Option(help = "share of the episodes whose students all have the same school, major and grade, so that only "
                + "what is left tells them apart", value = "0") double alike,
        @Option(help = "where names, schools, majors and years come from: known (the lists of the paper's data), open "
                + "(mostly made up anew, for training), unseen (lists that open never draws from, to measure with)",
                        value = "known")
        Values values,
        @Option(help = "a UTF-8 file with a word on each line, of which half of the words of open values are; if empty, "
                + "all are made up", value = "", file = Option.File.READ) String words,
        @Option(help = StudentRecordsOptions.POSITION, value = "anywhere") Position position) {

    static final String POSITION = "where in the context the records are that questions ask for: anywhere, or only in its "
            + "first third (beginning), its second (middle) or its last (end)";

    /** The parts of a context that questions ask for. */
    public enum Position {
        /** All of it. */
        ANYWHERE(0, 1),
        /** The first third. */
        BEGINNING(0, 1.0 / 3),
        /** The second third. */
        MIDDLE(1.0 / 3, 2.0 / 3),
        /** The last third. */
        END(2.0 / 3, 1);

        private final double from;
        private final double to;

        Position(double from, double to) {
            this.from = from;
            this.to = to;
        }

        boolean holds(double position) {
            return position >= from && (position < to || to == 1);
        }
    }

    /** The sources of a record's values. */
    public enum Values {
        /** The lists of the paper's data. */
        KNOWN,
        /** Known values and, mostly, newly made-up ones. */
        OPEN,
        /** Lists that share nothing with the known ones, nor with the values of training on open ones. */
        UNSEEN
    }

    private static final int MOST_RECORDS = 1_000_000;
    private static final int MOST_DIGITS = 9;

    /** Each third then has a record. */
    private static final int LEAST_WITH_THIRDS = 3;

    /** @throws IllegalArgumentException naming the key, if a value is out of range */
    public StudentRecordsOptions {
        kinds = List.copyOf(kinds);
        List<String> known = Stream.of(QuestionKind.values()).map(QuestionKind::key).toList();
        require(!kinds.isEmpty() && known.containsAll(kinds) && Set.copyOf(kinds).size() == kinds.size(),
                "kinds must be one or more of " + String.join(", ", known) + ", each once, but is " + kinds);
        int atOnce = kinds.contains(QuestionKind.RELATION.key()) ? 2 : 1;
        require(records >= atOnce && records <= MOST_RECORDS, "records must be from " + atOnce + " to " + MOST_RECORDS);
        require(minimumRecords == 0 || minimumRecords >= atOnce && minimumRecords <= records,
                "minimumRecords must be 0, or from " + atOnce + " to the value of records");
        require(idDigits >= 1 && idDigits <= MOST_DIGITS, "idDigits must be from 1 to " + MOST_DIGITS);
        require(minimumIdDigits >= 0 && minimumIdDigits <= idDigits,
                "minimumIdDigits must be 0, or from 1 to the value of idDigits");
        require(Registry.ids(fewest(minimumIdDigits, idDigits)) >= records,
                "there are fewer ids of so few digits than records: raise minimumIdDigits, or idDigits without it");
        require(alike >= 0 && alike <= 1, "alike must be from 0 to 1");
        require(questions >= 0, "questions must not be negative");
        require(recordsPerSegment >= 1, "recordsPerSegment must be at least 1");
        require(words.isEmpty() || values == Values.OPEN,
                "words are for open values only: set values to open, or remove words");
        require(position == Position.ANYWHERE || kinds.equals(List.of(QuestionKind.RECALL.key())),
                "a position is for the kind recall alone, whose questions ask for one record: set kinds to [\"recall\"]");
        require(position == Position.ANYWHERE || fewest(minimumRecords, records) >= LEAST_WITH_THIRDS,
                "a position needs at least " + LEAST_WITH_THIRDS + " records: raise minimumRecords, or records without it");
    }

    List<QuestionKind> questionKinds() {
        return kinds.stream().map(kind -> QuestionKind.valueOf(kind.toUpperCase(Locale.ROOT))).toList();
    }

    int fewestRecords() {
        return fewest(minimumRecords, records);
    }

    int fewestIdDigits() {
        return fewest(minimumIdDigits, idDigits);
    }

    private static int fewest(int minimum, int most) {
        return minimum == 0 ? most : minimum;
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
