package org.perk4j.task.facts;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.perk4j.data.Draw;
import org.perk4j.data.Episode;
import org.perk4j.data.Question;
import org.perk4j.data.TaskSource;
import org.perk4j.data.Tokenizer;
import org.perk4j.formats.Sentences;
import org.perk4j.task.facts.Kind.Schema;
import org.perk4j.task.facts.Kind.Thing;

/** Generates episodes, each from (seed, split, number) alone. */
final class FactsSource implements TaskSource {

    private static final List<String> ASKING = List.of("What is %s?", "Tell me %s.");

    private final FactsOptions options;
    private final Words words;
    private final List<String> prose;
    private final Tokenizer tokenizer;

    /** @param prose sentences to hide facts in; empty for records */
    FactsSource(FactsOptions options, Words words, List<String> prose, Tokenizer tokenizer) {
        this.options = options;
        this.words = words;
        this.prose = prose;
        this.tokenizer = tokenizer;
    }

    @Override
    public OptionalLong episodes(Split split) {
        return OptionalLong.empty();
    }

    @Override
    public Episode episode(Split split, long number) {
        SplittableRandom random = Draw.forEpisode(options.seed(), split, number);
        Schema schema = Draw.from(options.chosen(), random).draw(words, random);
        int count = random.nextInt(options.fewestThings(), options.things() + 1);
        List<Thing> things = Stream.generate(() -> schema.name().draw(words, random)).distinct().limit(count)
                .map(name -> schema.thing(name, words, random)).toList();
        Form form = prose.isEmpty() ? Draw.from(List.of(Form.values()), random) : Form.SENTENCES;
        List<String> pieces = prose.isEmpty() ? records(things, form) : hidden(things, form, random);
        List<Question> questions = Draw.shuffled(questions(things, form, pieces, random), random);
        int asked = options.questions() == 0 ? questions.size() : Math.min(options.questions(), questions.size());
        return new Episode(prose.isEmpty() ? pieces
                : Sentences.joined(pieces, options.segmentTokens(), this::tokens), questions.subList(0, asked));
    }

    private static List<String> records(List<Thing> things, Form form) {
        return things.stream().map(thing -> String.join(" ", form.write(thing))).toList();
    }

    /** @return consecutive sentences of the prose, with the facts at random places between them or a third of them */
    private List<String> hidden(List<Thing> things, Form form, SplittableRandom random) {
        List<String> facts = things.stream().flatMap(thing -> form.write(thing).stream()).toList();
        List<String> sentences = new ArrayList<>();
        int left = options.contextTokens() - facts.stream().mapToInt(this::tokens).sum();
        for (int i = random.nextInt(prose.size()); left > 0; i = (i + 1) % prose.size()) {
            sentences.add(prose.get(i));
            left -= tokens(prose.get(i));
        }
        int first = options.position().first(sentences.size());
        int end = options.position().end(sentences.size());
        for (String fact : Draw.shuffled(facts, random)) {
            sentences.add(first + random.nextInt(++end - first), fact);
        }
        return sentences;
    }

    private int tokens(String sentence) {
        return tokenizer.encode(" " + sentence).length;
    }

    private static List<Question> questions(List<Thing> things, Form form, List<String> pieces, SplittableRandom random) {
        List<Question> questions = new ArrayList<>();
        for (Thing thing : things) {
            List<String> statements = form.write(thing);
            for (int i = 0; i < thing.values().size(); i++) {
                String fact = statements.get(Math.min(i, statements.size() - 1));
                double position = place(fact, pieces) / Math.max(1.0, pieces.size() - 1.0);
                questions.add(new Question(thing.schema().kind(),
                        Draw.from(ASKING, random).formatted(thing.schema().inWords(i, thing.name())),
                        thing.values().get(i), List.of(fact), position));
            }
        }
        return questions;
    }

    private static int place(String fact, List<String> pieces) {
        int place = 0;
        while (!pieces.get(place).contains(fact)) {
            place++;
        }
        return place;
    }
}
