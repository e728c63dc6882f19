package org.perk4j.training;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.IntStream;
import org.perk4j.data.EncodedText;
import org.perk4j.data.Tokenizer;
import org.perk4j.formats.FileFormatException;
import org.perk4j.formats.JsonEntries;
import org.perk4j.formats.JsonValue;
import org.perk4j.inference.Segmenter;

/**
 * Text files as sequences of the greatest length that the model reads; files of JSON lines with prompts and completions as a
 * sequence per line, of which the completion is learned.
 */
final class FileSequences implements SequenceSource {

    /** One in this number of sequences is held out for validation. */
    private static final int HELD_OUT = 20;

    private final List<Sequence> training;
    private final List<Sequence> validation;
    private final Order order;

    private FileSequences(List<Sequence> training, List<Sequence> validation, long seed) {
        this.training = training;
        this.validation = validation;
        this.order = new Order(OptionalLong.of(training.size()), seed);
    }

    static FileSequences read(List<String> files, Tokenizer tokenizer, int length, long seed) throws IOException {
        List<Sequence> all = new ArrayList<>();
        for (String file : files) {
            if (file.endsWith(".jsonl")) {
                addExamples(Path.of(file), tokenizer, length, all);
            } else {
                addWindows(Path.of(file), tokenizer, length, all);
            }
        }
        if (all.size() < 2) {
            throw new IOException(String.join(", ", files) + ": " + (all.isEmpty() ? "no sequence" : "a single sequence")
                    + " of at most " + length + " tokens, but one is needed to learn from and another for validation: name "
                    + "more or longer texts in files, or .jsonl files with at least two lines");
        }
        int held = Math.max(1, all.size() / HELD_OUT);
        return new FileSequences(all.subList(0, all.size() - held), all.subList(all.size() - held, all.size()), seed);
    }

    private static void addWindows(Path file, Tokenizer tokenizer, int length, List<Sequence> all) throws IOException {
        int[] text = joined(tokenizer.beginOfText(), ended(tokenizer.encode(Segmenter.read(file)), tokenizer));
        for (int start = 0; start + 1 < text.length; start += length) {
            all.add(Sequence.of(Arrays.copyOfRange(text, start, Math.min(text.length, start + length))));
        }
    }

    private static void addExamples(Path file, Tokenizer tokenizer, int length, List<Sequence> all) throws IOException {
        JsonEntries.forEach(file, Set.of(), entry -> {
            JsonValue example = entry.value();
            if (!(example.plain() instanceof Map<?, ?> texts) || !(texts.get("prompt") instanceof String prompt)
                    || !(texts.get("completion") instanceof String completion)) {
                throw problem(example, "expected {\"prompt\": \"…\", \"completion\": \"…\"}");
            }
            int[] given = joined(tokenizer.beginOfText(), tokenizer.encode(prompt));
            int[] learned = ended(tokenizer.encode(completion), tokenizer);
            int[] tokens = joined(given, learned);
            if (tokens.length > length) {
                throw problem(example, tokens.length + " tokens, but the model reads only " + length + ": shorten it");
            }
            Sequence sequence = Sequence.of(List.of(new EncodedText(tokens, given.length)));
            if (sequence.scored() == 0) {
                throw problem(example, "nothing to learn: give a prompt or a completion that isn't empty");
            }
            all.add(sequence);
        });
    }

    private static FileFormatException problem(JsonValue example, String problem) {
        return new FileFormatException(example.place().describe(problem));
    }

    private static int[] ended(int[] text, Tokenizer tokenizer) {
        return joined(text, new int[] {tokenizer.endOfText()});
    }

    private static int[] joined(int[] first, int[] second) {
        return IntStream.concat(IntStream.of(first), IntStream.of(second)).toArray();
    }

    @Override
    public List<Sequence> training(long n) {
        return List.of(training.get((int) order.number(n)));
    }

    @Override
    public List<Sequence> validation(long n) {
        return List.of(validation.get((int) n));
    }

    @Override
    public long validations() {
        return validation.size();
    }
}
