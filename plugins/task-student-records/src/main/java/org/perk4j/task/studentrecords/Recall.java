package org.perk4j.task.studentrecords;

import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.perk4j.data.Question;

/** Questions about a field of one record. */
enum Recall {
    NAME("What is the name of the student with ID %s?", Student::name),
    MAJOR("What major is student with ID %s studying?", Student::major),
    GRADE("What is the grade of the student with ID %s?", student -> Integer.toString(student.grade())),
    YEAR("Which year is student with ID %s in?", Student::year),
    SCHOOL("Which school is the student with ID %s enrolled in?", Student::school);

    private final String wording;
    private final Function<Student, String> answer;

    Recall(String wording, Function<Student, String> answer) {
        this.wording = wording;
        this.answer = answer;
    }

    Question about(List<Student> students, int index) {
        Student student = students.get(index);
        return new Question(name().toLowerCase(Locale.ROOT), wording.formatted(student.id()), answer.apply(student),
                List.of(student.line()), QuestionKind.position(index, students));
    }
}
