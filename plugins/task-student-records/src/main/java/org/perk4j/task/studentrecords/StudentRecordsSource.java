package org.perk4j.task.studentrecords;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.perk4j.data.Draw;
import org.perk4j.data.Episode;
import org.perk4j.data.Question;
import org.perk4j.data.TaskSource;
import org.perk4j.task.studentrecords.StudentRecordsOptions.Position;

/** Generates episodes, each from (seed, split, number) alone. */
final class StudentRecordsSource implements TaskSource {

    private final StudentRecordsOptions options;
    private final Registry registry;

    StudentRecordsSource(StudentRecordsOptions options) {
        this.options = options;
        registry = Registry.of(options);
    }

    @Override
    public OptionalLong episodes(Split split) {
        return OptionalLong.empty();
    }

    @Override
    public Episode episode(Split split, long number) {
        SplittableRandom random = Draw.forEpisode(options.seed(), split, number);
        List<Student> students = registry.enrol(random.nextInt(options.fewestRecords(), options.records() + 1), random);
        return new Episode(segments(students), questions(students, random));
    }

    private List<String> segments(List<Student> students) {
        int size = options.recordsPerSegment();
        return IntStream.range(0, (students.size() + size - 1) / size)
                .mapToObj(i -> students.subList(i * size, Math.min((i + 1) * size, students.size())))
                .map(part -> part.stream().map(Student::line).collect(Collectors.joining("\n")))
                .toList();
    }

    private List<Question> inPlace(List<Question> questions) {
        return options.position() == Position.ANYWHERE ? questions
                : questions.stream().filter(question -> options.position().holds(question.position())).toList();
    }

    /** Takes questions of each kind in turn, so that kinds with few questions are represented too. */
    private List<Question> questions(List<Student> students, SplittableRandom random) {
        List<List<Question>> pools = options.questionKinds().stream()
                .map(kind -> Draw.shuffled(inPlace(kind.questions(students, random)), random)).toList();
        long available = pools.stream().mapToLong(List::size).sum();
        long wanted = options.questions() == 0 ? available : Math.min(options.questions(), available);
        List<Question> questions = new ArrayList<>();
        for (int i = 0; questions.size() < wanted; i++) {
            for (List<Question> pool : pools) {
                if (i < pool.size() && questions.size() < wanted) {
                    questions.add(pool.get(i));
                }
            }
        }
        return List.copyOf(questions);
    }
}
