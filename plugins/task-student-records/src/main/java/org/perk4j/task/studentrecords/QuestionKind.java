package org.perk4j.task.studentrecords;

import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.perk4j.data.Question;

/** What a question is about: one record, two of them, or all. */
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

    /** @return all questions of this kind, or those that chance picks where each two records would make one */
    abstract List<Question> questions(List<Student> students, SplittableRandom random);

    /** @return the name of this kind in the options */
    String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @return where in the context a record is */
    static double position(int index, List<Student> students) {
        return index / (students.size() - 1.0);
    }
}
