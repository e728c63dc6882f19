package org.perk4j.task.babilong;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.perk4j.data.Question;
import org.perk4j.data.TaskType;
import org.perk4j.tck.TaskContract;

class BabiLongContractTest {

    @Nested
    class OfWords extends Contract {

        @Override
        protected Map<String, ?> options() {
            return Map.of("contextWords", 300, "segmentWords", 80, "questions", 2);
        }
    }

    @Nested
    class OfTokens extends Contract {

        @Override
        protected Map<String, ?> options() {
            return Map.of("contextTokens", 2000, "segmentTokens", 500);
        }
    }

    private abstract static class Contract extends TaskContract {

        @Override
        protected TaskType<?> type() {
            return new BabiLong();
        }

        @Override
        protected Map<String, Map<String, ?>> refused() {
            return Map.of("tasks", Map.of("tasks", List.of("qa4")), "facts", Map.of("facts", 2),
                    "contextWords", Map.of("contextWords", 0), "contextTokens", Map.of("contextTokens", -1),
                    "segmentWords", Map.of("segmentWords", 0), "questions", Map.of("questions", 0),
                    "missing.txt", Map.of("text", "missing.txt"));
        }

        /** One of the facts names the room. */
        @Override
        protected boolean isQuoted(Question question) {
            return true;
        }
    }
}
