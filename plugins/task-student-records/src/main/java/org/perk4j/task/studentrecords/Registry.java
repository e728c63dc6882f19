package org.perk4j.task.studentrecords;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/** Generates students with distinct ids. */
record Registry(Students students) {

    private static final int FIRST_ID = 1_000_000;
    private static final int END_OF_IDS = 10_000_000;

    static Registry of(StudentRecordsOptions options) {
        return new Registry(switch (options.values()) {
            case KNOWN -> ListedStudents.known();
            case OPEN -> new OpenStudents(Words.read(options.words()), ListedStudents.known());
            case UNSEEN -> ListedStudents.unseen();
        });
    }

    /** @return students in random order */
    List<Student> enrol(int count, SplittableRandom random) {
        Set<Integer> ids = new LinkedHashSet<>();
        while (ids.size() < count) {
            ids.add(random.nextInt(FIRST_ID, END_OF_IDS));
        }
        Students ofThis = students.ofOneContext(random);
        return ids.stream().map(id -> ofThis.student(id, random)).toList();
    }
}
