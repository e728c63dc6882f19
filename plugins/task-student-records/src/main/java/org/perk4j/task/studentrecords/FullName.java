package org.perk4j.task.studentrecords;

import java.util.List;
import java.util.SplittableRandom;
import org.perk4j.data.Draw;

/** Generates a student's name as in a record: some have a title, some a suffix. */
final class FullName {

    private static final double TITLED = 0.3;
    private static final double SUFFIXED = 0.3;
    private static final List<String> TITLES = ListedStudents.lines("titles.txt");
    private static final List<String> SUFFIXES = ListedStudents.lines("suffixes.txt");

    private FullName() {
    }

    static String of(String first, String last, SplittableRandom random) {
        String name = first + " " + last;
        if (random.nextDouble() < TITLED) {
            name = Draw.from(TITLES, random) + " " + name;
        }
        if (random.nextDouble() < SUFFIXED) {
            name = name + " " + Draw.from(SUFFIXES, random);
        }
        return name;
    }
}
