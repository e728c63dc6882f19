package org.perk4j.task.studentrecords;

import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.perk4j.data.Question;

/** The kinds of questions: about one record, two records, or all. */
enum QuestionKind {
    RECALL {
        @Override
        List<Question> questions(List<Student> students, SplittableRandom random) {
            return IntStream.range(0, students.size()).boxed()
                    .flatMap(i -> Stream.of(Recall.values()).map(recall -> recall.about(students, i)))
                    .toList();
        }
    },
    RELATION {
        @Override
        List<Question> questions(List<Student> students, SplittableRandom random) {
            return IntStream.range(0, students.size()).boxed()
                    .flatMap(i -> Stream.of(Relation.values()).map(relation -> relation.about(students, i, random)))
                    .toList();
        }
    },
    AGGREGATE {
        @Override
        List<Question> questions(List<Student> students, SplittableRandom random) {
            return Stream.of(Aggregate.values()).map(aggregate -> aggregate.about(students)).toList();
        }
    };

    /** @return all questions of this kind; for pairs of records, a random selection */
    abstract List<Question> questions(List<Student> students, SplittableRandom random);

    /** @return the name of this kind in the options */
    String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @return the position of a record in the context, from 0 for the first to 1 for the last */
    static double position(int index, List<Student> students) {
        return students.size() == 1 ? 0 : index / (students.size() - 1.0);
    }
}
