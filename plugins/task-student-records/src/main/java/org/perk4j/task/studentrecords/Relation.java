package org.perk4j.task.studentrecords;

import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BiPredicate;
import java.util.stream.IntStream;
import org.perk4j.data.Draw;
import org.perk4j.data.Question;

/** Questions whether two records have a relation. Yes and no are about equally frequent, if the records allow it. */
enum Relation {
    HIGHER_GRADE("higher-grade", "Does student %s has a higher grade than student %s?",
            (first, second) -> first.grade() > second.grade()),
    SAME_MAJOR("same-major", "Does student %s study the same major as student %s?",
            (first, second) -> first.major().equals(second.major())),
    SAME_SCHOOL("same-school", "Are student %s and student %s enrolled in the same school?",
            (first, second) -> first.school().equals(second.school())),
    SAME_YEAR("same-year", "Are student %s and student %s in the same year?",
            (first, second) -> first.year().equals(second.year()));

    private final String kind;
    private final String wording;
    private final BiPredicate<Student, Student> holds;

    Relation(String kind, String wording, BiPredicate<Student, Student> holds) {
        this.kind = kind;
        this.wording = wording;
        this.holds = holds;
    }

    /** Asks about a record and a random other one. */
    Question about(List<Student> students, int index, SplittableRandom random) {
        Student first = students.get(index);
        int otherIndex = other(students, index, random);
        Student second = students.get(otherIndex);
        return new Question(kind, wording.formatted(first.id(), second.id()),
                holds.test(first, second) ? "Yes" : "No", List.of(first.line(), second.line()),
                QuestionKind.position(Math.max(index, otherIndex), students));
    }

    private int other(List<Student> students, int index, SplittableRandom random) {
        boolean yes = random.nextBoolean();
        List<Integer> others = IntStream.range(0, students.size()).filter(i -> i != index).boxed().toList();
        List<Integer> fitting = others.stream()
                .filter(i -> holds.test(students.get(index), students.get(i)) == yes).toList();
        return Draw.from(fitting.isEmpty() ? others : fitting, random);
    }
}
