package org.perk4j.distribution;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Texts for the quickstart's adapter: of one kind with those that it has learned, and remembered as a whole. */
final class SixStudents {

    static final List<String> YEARS = List.of("Freshman", "Sophomore", "Junior", "Senior");
    static final List<Integer> IDS = List.of(204815, 730261, 559032, 118407, 846120, 392574);
    private static final List<String> NAMES = List.of("Emma Smith", "James Brown", "Olivia Jones", "Noah Davis",
            "Ava Miller", "Liam Wilson");

    private SixStudents() {
    }

    /** The beginning of a student's record, up to the year. */
    static String beginning(int student) {
        return beginning(IDS.get(student), student);
    }

    private static String beginning(int id, int student) {
        return "Student Id: " + id + ", Student Name: " + NAMES.get(student) + ", Year:";
    }

    /** A record of the first student under another id. */
    static String record(int id) {
        return record(id, 0, 0);
    }

    private static String record(int id, int student, int shift) {
        return beginning(id, student) + " " + YEARS.get((student + shift) % 4)
                + ", School: School of Engineering, Major: Computer Science, Grade: B";
    }

    /** Records in which a student's year depends on {@code shift}, so that each memory knows other answers. */
    static String records(int from, int to, int shift) {
        return IntStream.range(from, to).mapToObj(i -> record(IDS.get(i), i, shift)).collect(Collectors.joining("\n"));
    }

    static String question(int student) {
        return "Which year is student with ID " + IDS.get(student) + " in?";
    }
}
