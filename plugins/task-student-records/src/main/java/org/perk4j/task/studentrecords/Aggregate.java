package org.perk4j.task.studentrecords;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Comparator;
import java.util.List;
import org.perk4j.data.Question;

/** Questions about all records. */
enum Aggregate {
    HIGHEST {
        @Override
        Question about(List<Student> students) {
            return extreme("highest", "What is the highest grade among all students?", students,
                    Comparator.comparingInt(Student::grade).reversed());
        }
    },
    LOWEST {
        @Override
        Question about(List<Student> students) {
            return extreme("lowest", "What is the lowest grade among all students?", students,
                    Comparator.comparingInt(Student::grade));
        }
    },
    AVERAGE {
        @Override
        Question about(List<Student> students) {
            double average = students.stream().mapToInt(Student::grade).average().orElseThrow();
            return new Question("average", "What is the average grade of all students?", oneDecimal(average),
                    List.of(), Double.NaN);
        }
    };

    abstract Question about(List<Student> students);

    private static Question extreme(String kind, String text, List<Student> students, Comparator<Student> order) {
        Student student = students.stream().min(order).orElseThrow();
        return new Question(kind, text, Integer.toString(student.grade()), List.of(student.line()),
                QuestionKind.position(students.indexOf(student), students));
    }

    /**
     * Rounds like Python's {@code round(x, 1)}, with which the official answers were made: from the exact binary value, half
     * to even.
     */
    static String oneDecimal(double x) {
        return new BigDecimal(x).setScale(1, RoundingMode.HALF_EVEN).toPlainString();
    }
}
