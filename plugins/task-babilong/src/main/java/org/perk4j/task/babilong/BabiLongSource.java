package org.perk4j.task.babilong;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import org.perk4j.data.Draw;
import org.perk4j.data.Episode;
import org.perk4j.data.Question;
import org.perk4j.data.TaskSource;
import org.perk4j.data.Tokenizer;
import org.perk4j.formats.Sentences;
import org.perk4j.task.babilong.Task.Riddle;

/** Generates episodes, each from (seed, split, number) alone. */
final class BabiLongSource implements TaskSource {

    private final BabiLongOptions options;
    private final Distractor distractor;
    private final Length context;
    private final Length segment;

    BabiLongSource(BabiLongOptions options, Distractor distractor, Tokenizer tokenizer) {
        this.options = options;
        this.distractor = distractor;
        context = Length.of(options.contextTokens(), options.contextWords(), tokenizer);
        segment = Length.of(options.segmentTokens(), options.segmentWords(), tokenizer);
    }

    @Override
    public OptionalLong episodes(Split split) {
        return OptionalLong.empty();
    }

    @Override
    public Episode episode(Split split, long number) {
        SplittableRandom random = Draw.forEpisode(options.seed(), split, number);
        Task task = Draw.from(options.chosen(), random);
        List<Event> story;
        List<Riddle> riddles;
        do { // a short story may have no question
            story = Story.tell(options.facts(), task != Task.QA1, random);
            riddles = task.riddles(story);
        } while (riddles.isEmpty());
        List<String> sentences = scatter(story, random);
        List<Question> questions = Draw.shuffled(riddles, random).stream().limit(options.questions())
                .map(riddle -> question(task, riddle, sentences)).toList();
        return new Episode(Sentences.joined(sentences, segment.most(), segment::of), questions);
    }

    /** @return the facts in random order, each at a random place between the sentences of a text, or of a third of it */
    private List<String> scatter(List<Event> story, SplittableRandom random) {
        List<String> facts = Draw.shuffled(story, random).stream().map(Event::text).toList();
        List<String> text = text(context.most() - facts.stream().mapToInt(context::of).sum(), random);
        return scatter(facts, text, options.position().first(text.size()), options.position().end(text.size()), random);
    }

    /** @return the text with the facts at random places between its sentences from {@code first} to before {@code end} */
    private static List<String> scatter(List<String> facts, List<String> text, int first, int end, SplittableRandom random) {
        List<Boolean> isFact = new ArrayList<>();
        facts.forEach(fact -> isFact.add(true));
        text.subList(first, end).forEach(sentence -> isFact.add(false));
        Iterator<String> nextFact = facts.iterator();
        Iterator<String> nextSentence = text.subList(first, end).iterator();
        List<String> scattered = new ArrayList<>(text.subList(0, first));
        Draw.shuffled(isFact, random).forEach(fact -> scattered.add(fact ? nextFact.next() : nextSentence.next()));
        scattered.addAll(text.subList(end, text.size()));
        return scattered;
    }

    private List<String> text(int length, SplittableRandom random) {
        List<String> text = new ArrayList<>();
        Iterator<String> sentences = distractor.sentences(random);
        for (int left = length; left > 0;) {
            String sentence = sentences.next();
            text.add(sentence);
            left -= context.of(sentence);
        }
        return text;
    }

    private static Question question(Task task, Riddle riddle, List<String> sentences) {
        List<String> support = riddle.support().stream().map(Event::text).toList();
        double position = sentences.indexOf(support.get(support.size() - 1)) / Math.max(1.0, sentences.size() - 1.0);
        return new Question(task.key(), riddle.question(), riddle.answer(), support, position);
    }
}
