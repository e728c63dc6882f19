package org.perk4j.studies;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.perk4j.training.Progress;

class WorkTest {

    private final List<String> shown = new ArrayList<>();

    private final Progress progress = new Progress() {
        @Override
        public void begin(String task, long done, long total) {
            shown.add(task + " " + done + "/" + total);
        }

        @Override
        public void at(long done, String detail) {
            shown.add(done + " " + detail);
        }

        @Override
        public void end() {
            shown.add("end");
        }
    };

    @Test
    void partsCountByTheirWeight() {
        Work work = new Work("length", 110, progress);
        Work.Part training = work.part("training", 100);
        training.begin("adapter", 2, 4); // resumed
        training.at(4, "loss 1");
        training.end();
        Work.Part test = work.part("1K", 10);
        test.begin("1K", 0, 5);
        test.at(1, "contexts");
        test.at(7, "contexts");
        assertEquals(List.of("length 0/110", "50 training: begins", "100 training: loss 1", "100 1K: begins",
                "102 1K: contexts", "110 1K: contexts"), shown);
    }
}
