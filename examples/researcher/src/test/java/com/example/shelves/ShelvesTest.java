package com.example.shelves;

import java.util.Map;
import org.perk4j.data.Question;
import org.perk4j.data.TaskType;
import org.perk4j.tck.TaskContract;

/** What every task must do: see there. */
class ShelvesTest extends TaskContract {

    @Override
    protected TaskType<?> type() {
        return new Shelves();
    }

    @Override
    protected Map<String, ?> options() {
        return Map.of("shelves", 4);
    }

    @Override
    protected Map<String, Map<String, ?>> refused() {
        return Map.of("shelves", Map.of("shelves", 0));
    }

    @Override
    protected boolean isQuoted(Question question) {
        return true; // each answer stands in the context word for word
    }
}
