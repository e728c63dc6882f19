package org.perk4j.task.cloze;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.perk4j.data.Draw;
import org.perk4j.data.Episode;
import org.perk4j.data.Question;
import org.perk4j.data.TaskSource;
import org.perk4j.data.Tokenizer;
import org.perk4j.formats.Sentences;

/** Generates episodes, each from (seed, split, number) alone. */
final class ClozeSource implements TaskSource {

    /** Passages without any question in a row after which the text is taken to have none. */
    private static final int MOST_TRIES = 1000;

    private final ClozeOptions options;
    private final List<String> sentences;
    private final Tokenizer tokenizer;

    ClozeSource(ClozeOptions options, List<String> sentences, Tokenizer tokenizer) {
        this.options = options;
        this.sentences = sentences;
        this.tokenizer = tokenizer;
        for (Split split : Split.values()) {
            if (end(split) - start(split) < options.sentences()) {
                throw new IllegalArgumentException(options.text() + ": " + sentences.size() + " sentences are too few for "
                        + "passages of " + options.sentences() + ": name a longer text, or ask for fewer sentences");
            }
            episode(split, 0);
        }
    }

    @Override
    public OptionalLong episodes(Split split) {
        return OptionalLong.empty();
    }

    @Override
    public Episode episode(Split split, long number) {
        SplittableRandom random = Draw.forEpisode(options.seed(), split, number);
        for (int tries = 0; tries < MOST_TRIES; tries++) {
            int first = random.nextInt(start(split), end(split) - options.sentences() + 1);
            List<String> passage = sentences.subList(first, first + options.sentences());
            List<Question> questions = questions(passage, random);
            if (!questions.isEmpty()) {
                return new Episode(Sentences.joined(passage, options.segmentTokens(), this::tokens), questions);
            }
        }
        throw new IllegalArgumentException(options.text() + ": no sentence gives a question of the kinds "
                + options.kinds() + ": name a text of prose, or other kinds");
    }

    private int start(Split split) {
        return (int) switch (split) {
            case TRAIN -> 0;
            case VALIDATION -> sentences.size() * 90L / 100;
            case TEST -> sentences.size() * 95L / 100;
        };
    }

    private int end(Split split) {
        return split == Split.TEST ? sentences.size() : start(Split.values()[split.ordinal() + 1]);
    }

    private int tokens(String sentence) {
        return tokenizer.encode(" " + sentence).length;
    }

    /** @return one question at most about each sentence */
    private List<Question> questions(List<String> passage, SplittableRandom random) {
        List<Question> questions = new ArrayList<>();
        for (int i : Draw.shuffled(IntStream.range(0, passage.size()).boxed().toList(), random)) {
            Gap gap = Draw.from(options.gaps(), random);
            String sentence = passage.get(i);
            double position = i / Math.max(1.0, passage.size() - 1.0);
            gap.ask(List.of(sentence.split(" ")), random).filter(riddle -> isClear(riddle, passage))
                    .ifPresent(riddle -> questions.add(
                            new Question(gap.key(), riddle.question(), riddle.answer(), List.of(sentence), position)));
            if (questions.size() == options.questions()) {
                break;
            }
        }
        return List.copyOf(questions);
    }

    /** @return whether what the question quotes before its gap stands in the passage only once */
    private static boolean isClear(Gap.Riddle riddle, List<String> passage) {
        String before = riddle.quoted().get(0);
        String text = String.join(" ", passage);
        return text.indexOf(before) == text.lastIndexOf(before);
    }
}
