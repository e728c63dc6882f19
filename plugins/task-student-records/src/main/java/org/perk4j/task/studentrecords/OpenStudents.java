package org.perk4j.task.studentrecords;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.Stream;
import org.perk4j.data.Draw;

/**
 * Students most of whose values are made up, with new words each time, so that a model can't learn a list of values. The
 * students of half of the contexts are of one university and share its few schools, majors and years; those of a fifth have
 * known values only.
 *
 * @param known provides the other values
 */
record OpenStudents(Words words, ListedStudents known) implements Students {

    private static final double OF_KNOWN_VALUES = 0.2;
    private static final double OF_ONE_UNIVERSITY = 0.5;
    private static final int MOST_SCHOOLS = 10;
    private static final int MOST_MAJORS = 6;
    private static final int MOST_NAMES = 80;
    private static final int MOST_YEARS = 6;

    private static final double KNOWN = 0.3;
    private static final double KNOWN_YEAR = 0.7;
    private static final double ENDS_IN_FIELD = 0.4;

    private static final List<Integer> SUBJECT_WORDS = List.of(1, 1, 2, 2, 3);
    private static final List<String> BETWEEN_TWO = List.of(" ", " ", " & ", " and ");
    private static final List<String> FIELDS = List.of("Studies", "Engineering", "Science", "Sciences", "History", "Theory",
            "Design", "Arts", "Literature", "Languages", "Management", "Law", "Medicine", "Education", "Research",
            "Technology", "Analysis", "Philosophy", "Physics", "Music");
    private static final List<String> SCHOOLS = List.of("School of %s", "%s School", "School of %s", "College of %s",
            "%s College", "Faculty of %s", "Department of %s", "Institute of %s", "Academy of %s", "%s University");

    @Override
    public Students ofOneContext(SplittableRandom random) {
        double drawn = random.nextDouble();
        if (drawn < OF_KNOWN_VALUES) {
            return known;
        }
        return drawn < OF_KNOWN_VALUES + OF_ONE_UNIVERSITY ? university(random) : this;
    }

    private ListedStudents university(SplittableRandom random) {
        int majors = upTo(MOST_MAJORS, random);
        List<ListedStudents.Course> courses = madeUp(MOST_SCHOOLS, this::school, random).stream()
                .flatMap(school -> Stream.generate(() -> new ListedStudents.Course(school, subject(random))).limit(majors))
                .toList();
        return new ListedStudents(madeUp(MOST_NAMES, words::capitalized, random),
                madeUp(MOST_NAMES, words::capitalized, random), madeUp(MOST_YEARS, words::capitalized, random), courses);
    }

    private static List<String> madeUp(int most, Function<SplittableRandom, String> value, SplittableRandom random) {
        return Stream.generate(() -> value.apply(random)).limit(upTo(most, random)).toList();
    }

    private static int upTo(int most, SplittableRandom random) {
        return random.nextInt(most / 3, most) + 1;
    }

    @Override
    public Student student(int id, SplittableRandom random) {
        boolean knownName = random.nextDouble() < KNOWN;
        String first = knownName ? Draw.from(known.firstNames(), random) : words.capitalized(random);
        String last = knownName ? Draw.from(known.lastNames(), random) : words.capitalized(random);
        String name = FullName.of(first, last, random);
        String year = random.nextDouble() < KNOWN_YEAR ? Draw.from(known.years(), random) : words.capitalized(random);
        String school = random.nextDouble() < KNOWN ? Draw.from(known.courses(), random).school() : school(random);
        String major = random.nextDouble() < KNOWN ? Draw.from(known.courses(), random).major() : subject(random);
        return new Student(Integer.toString(id), name, year, school, major, ListedStudents.grade(random));
    }

    private String school(SplittableRandom random) {
        return Draw.from(SCHOOLS, random).formatted(subject(random));
    }

    private String subject(SplittableRandom random) {
        List<String> parts = new ArrayList<>();
        int count = Draw.from(SUBJECT_WORDS, random);
        for (int i = 0; i < count; i++) {
            parts.add(words.capitalized(random));
        }
        if (random.nextDouble() < ENDS_IN_FIELD) {
            parts.add(Draw.from(FIELDS, random));
        }
        return String.join(parts.size() == 2 ? Draw.from(BETWEEN_TWO, random) : " ", parts);
    }
}
