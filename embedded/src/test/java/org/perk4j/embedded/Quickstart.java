package org.perk4j.embedded;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The quickstart's models, and texts of the kind that they have learned. */
final class Quickstart {

    static final Path BASE = Path.of(System.getProperty("perk.quickstart"), "base");
    static final Path ADAPTER = Path.of(System.getProperty("perk.quickstart"), "adapter");

    static final List<String> YEARS = List.of("Freshman", "Sophomore", "Junior", "Senior");
    static final String MAJOR = "Computer Science";
    static final List<Integer> IDS = List.of(204815, 730261, 559032, 118407, 846120, 392574);
    private static final List<String> NAMES = List.of("Emma Smith", "James Brown", "Olivia Jones", "Noah Davis",
            "Ava Miller", "Liam Wilson");

    private Quickstart() {
    }

    static Base base(Perk perk) throws IOException {
        return perk.base(BASE, ADAPTER);
    }

    /** Records in which a student's year depends on {@code shift}, so that each memory knows other answers. */
    static String text(int shift) {
        return IntStream.range(0, IDS.size()).mapToObj(i -> "Student Id: " + IDS.get(i) + ", Student Name: " + NAMES.get(i)
                + ", Year: " + year(i, shift) + ", School: School of Engineering, Major: " + MAJOR + ", Grade: B")
                .collect(Collectors.joining("\n"));
    }

    static String year(int student, int shift) {
        return YEARS.get((student + shift) % YEARS.size());
    }

    static String question(int student) {
        return "Which year is student with ID " + IDS.get(student) + " in?";
    }
}
