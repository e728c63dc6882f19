package org.perk4j.tasks.studentrecords;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.perk4j.data.Draw;

/** Makes up students from lists of names and courses of study. */
final class Registry {

    private static final double TITLED = 0.3;
    private static final double SUFFIXED = 0.3;
    private static final int HIGHEST_GRADE = 100;
    private static final int FIRST_ID = 1_000_000;
    private static final int END_OF_IDS = 10_000_000;

    private final List<String> titles;
    private final List<String> firstNames;
    private final List<String> lastNames;
    private final List<String> suffixes;
    private final List<String> years;
    private final List<Course> courses;

    private Registry() {
        titles = lines("titles.txt");
        firstNames = lines("first-names.txt");
        lastNames = lines("last-names.txt");
        suffixes = lines("suffixes.txt");
        years = lines("years.txt");
        courses = lines("majors.tsv").stream().map(Course::parse).toList();
    }

    static Registry load() {
        return new Registry();
    }

    /** @return students with distinct ids, in random order */
    List<Student> enrol(int count, SplittableRandom random) {
        Set<Integer> ids = new LinkedHashSet<>();
        while (ids.size() < count) {
            ids.add(random.nextInt(FIRST_ID, END_OF_IDS));
        }
        return ids.stream().map(id -> student(id, random)).toList();
    }

    private Student student(int id, SplittableRandom random) {
        String name = name(random);
        Course course = Draw.from(courses, random);
        return new Student(Integer.toString(id), name, Draw.from(years, random), course.school(), course.major(),
                random.nextInt(HIGHEST_GRADE + 1));
    }

    private String name(SplittableRandom random) {
        String name = Draw.from(firstNames, random) + " " + Draw.from(lastNames, random);
        if (random.nextDouble() < TITLED) {
            name = Draw.from(titles, random) + " " + name;
        }
        if (random.nextDouble() < SUFFIXED) {
            name = name + " " + Draw.from(suffixes, random);
        }
        return name;
    }

    private static List<String> lines(String resource) {
        try (BufferedReader reader = new BufferedReader(
                new InputStreamReader(Registry.class.getResourceAsStream(resource), StandardCharsets.UTF_8))) {
            return reader.lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private record Course(String school, String major) {

        static Course parse(String line) {
            String[] columns = line.split("\t");
            return new Course(columns[0], columns[1]);
        }
    }
}
