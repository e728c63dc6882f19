package org.perk4j.task.studentrecords;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.perk4j.data.Draw;

/** Students with names and courses of study taken from lists. */
record ListedStudents(List<String> firstNames, List<String> lastNames, List<String> years, List<Course> courses)
        implements Students {

    private static final int HIGHEST_GRADE = 100;

    /** A school and a major that it offers. */
    record Course(String school, String major) {

        static Course parse(String line) {
            String[] columns = line.split("\t");
            return new Course(columns[0], columns[1]);
        }
    }

    /** @return students like those of the paper's data */
    static ListedStudents known() {
        return new ListedStudents(lines("first-names.txt"), lines("last-names.txt"), lines("years.txt"),
                lines("majors.tsv").stream().map(Course::parse).toList());
    }

    /** @return students who share no name, school, major or year with the known ones, nor with training data */
    static ListedStudents unseen() {
        List<String> invented = lines("unseen/invented-names.txt");
        return new ListedStudents(joined(lines("unseen/first-names.txt"), invented),
                joined(lines("unseen/last-names.txt"), invented), lines("unseen/years.txt"),
                lines("unseen/majors.tsv").stream().map(Course::parse).toList());
    }

    @Override
    public Student student(int id, SplittableRandom random) {
        String name = FullName.of(Draw.from(firstNames, random), Draw.from(lastNames, random), random);
        Course course = Draw.from(courses, random);
        return new Student(Integer.toString(id), name, Draw.from(years, random), course.school(), course.major(),
                grade(random));
    }

    static int grade(SplittableRandom random) {
        return random.nextInt(HIGHEST_GRADE + 1);
    }

    static List<String> lines(String resource) {
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(
                ListedStudents.class.getResourceAsStream(resource), StandardCharsets.UTF_8))) {
            return reader.lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> joined(List<String> first, List<String> second) {
        return Stream.concat(first.stream(), second.stream()).toList();
    }
}
