package org.perk4j.task.studentrecords;

import java.math.BigInteger;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Generates students with distinct ids.
 *
 * @param alike the share of contexts whose students have all but name and year in common
 */
record Registry(Students students, int fewestDigits, int mostDigits, double alike) {

    static Registry of(StudentRecordsOptions options) {
        Students students = switch (options.values()) {
            case KNOWN -> ListedStudents.known();
            case OPEN -> new OpenStudents(Words.read(options.words()), ListedStudents.known());
            case UNSEEN -> ListedStudents.unseen();
        };
        return new Registry(students, options.fewestIdDigits(), options.idDigits(), options.alike());
    }

    /** @return how many ids have this number of digits, the first of which isn't 0 */
    static int ids(int digits) {
        return first(digits + 1) - first(digits);
    }

    private static int first(int digits) {
        return BigInteger.TEN.pow(digits - 1).intValueExact();
    }

    /** @return students in random order */
    List<Student> enrol(int count, SplittableRandom random) {
        int digits = fewestDigits == mostDigits ? mostDigits : random.nextInt(fewestDigits, mostDigits + 1);
        int first = first(digits);
        int end = first(digits + 1);
        Set<Integer> ids = new LinkedHashSet<>();
        while (ids.size() < count) {
            ids.add(random.nextInt(first, end));
        }
        Students ofThis = students.ofOneContext(random);
        List<Student> enrolled = ids.stream().map(id -> ofThis.student(id, random)).toList();
        return alike > 0 && random.nextDouble() < alike
                ? enrolled.stream().map(student -> student.like(enrolled.get(0))).toList()
                : enrolled;
    }
}
