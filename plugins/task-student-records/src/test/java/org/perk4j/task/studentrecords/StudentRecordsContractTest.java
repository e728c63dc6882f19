package org.perk4j.task.studentrecords;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Nested;
import org.perk4j.data.Question;
import org.perk4j.data.TaskType;
import org.perk4j.tck.TaskContract;

class StudentRecordsContractTest {

    @Nested
    class OfKnownValues extends Contract {

        @Override
        protected Map<String, ?> options() {
            return Map.of("records", 6, "minimumRecords", 3, "kinds", List.of("recall", "relation", "aggregate"));
        }
    }

    @Nested
    class OfOpenValues extends Contract {

        @Override
        protected Map<String, ?> options() {
            return Map.of("records", 6, "recordsPerSegment", 4, "values", "open");
        }
    }

    @Nested
    class OfUnseenValues extends Contract {

        @Override
        protected Map<String, ?> options() {
            return Map.of("records", 6, "values", "unseen");
        }
    }

    private abstract static class Contract extends TaskContract {

        private static final Set<String> FIELDS = Set.of("name", "major", "grade", "year", "school");

        @Override
        protected TaskType<?> type() {
            return new StudentRecords();
        }

        @Override
        protected Map<String, Map<String, ?>> refused() {
            return Map.of("kinds", Map.of("kinds", List.of("recal")), "records", Map.of("records", 0),
                    "minimumRecords", Map.of("minimumRecords", 7, "records", 6), "questions", Map.of("questions", -1),
                    "recordsPerSegment", Map.of("recordsPerSegment", 0), "idDigits", Map.of("idDigits", 10),
                    "minimumIdDigits", Map.of("minimumIdDigits", 8), "alike", Map.of("alike", 1.5),
                    "words", Map.of("words", "words.txt"),
                    "missing.txt", Map.of("words", "missing.txt", "values", "open"));
        }

        @Override
        protected boolean isQuoted(Question question) {
            return FIELDS.contains(question.kind());
        }
    }
}
