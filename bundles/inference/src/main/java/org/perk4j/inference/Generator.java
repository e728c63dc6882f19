package org.perk4j.inference;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Scope;
import org.perk4j.model.Adaptation;
import org.perk4j.model.KeyValueCache;
import org.perk4j.model.Model;
import org.perk4j.model.Parameters;
import org.perk4j.model.Tokens;
import org.perk4j.tensor.Segments;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * Continues prompts, with keys and values cached. What all prompts begin with, such as a context that they all ask about, is
 * read once. Prompts of different lengths are decoded side by side, as many as the cache has room for; a long prompt is read
 * in parts, so that memory beyond the cache stays bounded.
 */
public final class Generator {

    /** Tokens that are cached at once, unless a single prompt takes more. */
    private static final int CACHED_TOKENS = 16_384;
    /** Tokens that are read at once. */
    private static final int ROWS = 1_024;
    /** Prompts decoded at once: bounds the logits. */
    private static final int PROMPTS = 64;

    private final Compute compute;
    private final Model model;
    private final Parameters weights;
    private final int endOfText;

    /** @param endOfText the token that ends an answer */
    public Generator(Compute compute, Model model, Parameters weights, int endOfText) {
        this.compute = compute;
        this.model = model;
        this.weights = weights;
        this.endOfText = endOfText;
    }

    /**
     * @return what follows each prompt, without the token that ends it. An answer also ends where the model can't read on.
     * @throws IllegalArgumentException if a prompt is empty or longer than the model reads
     */
    public List<int[]> generate(List<int[]> prompts, Adaptation adaptation, Decoding decoding) {
        prompts.forEach(this::check);
        int[][] answers = new int[prompts.size()][];
        List<Integer> byLength = IntStream.range(0, prompts.size()).boxed()
                .sorted(Comparator.comparingInt(i -> prompts.get(i).length)).toList();
        try (Scope scope = compute.scope()) {
            KeyValueCache shared = read(sharedStart(prompts), adaptation);
            int start = 0;
            while (start < byLength.size()) {
                int end = start + 1;
                while (end < byLength.size() && end - start < PROMPTS
                        && (end - start + 1L) * capacity(prompts.get(byLength.get(end)), decoding) <= CACHED_TOKENS) {
                    end++;
                }
                decode(shared, prompts, byLength.subList(start, end), adaptation, decoding, answers);
                start = end;
            }
        }
        return Arrays.asList(answers);
    }

    private void check(int[] prompt) {
        int positions = model.size().positions();
        if (prompt.length == 0 || prompt.length > positions) {
            throw new IllegalArgumentException("a prompt of " + prompt.length + " tokens; the model reads between 1 and "
                    + positions);
        }
    }

    private int capacity(int[] prompt, Decoding decoding) {
        return Math.min(prompt.length + decoding.limit(), model.size().positions());
    }

    /** @return what all prompts begin with; of each at least the last token remains, since it is asked what follows that */
    private static int[] sharedStart(List<int[]> prompts) {
        if (prompts.size() < 2) {
            return new int[0];
        }
        int[] first = prompts.get(0);
        int length = first.length - 1;
        for (int[] prompt : prompts) {
            int different = Arrays.mismatch(first, prompt);
            length = Math.min(length, different < 0 ? length : Math.min(different, prompt.length - 1));
        }
        return Arrays.copyOf(first, length);
    }

    /** Decodes the {@code chosen} prompts, the shortest first, side by side. */
    private void decode(KeyValueCache shared, List<int[]> prompts, List<Integer> chosen, Adaptation adaptation,
                        Decoding decoding, int[][] answers) {
        TokenChoice choice = new TokenChoice(decoding);
        List<Writing> writings = chosen.stream().map(i -> new Writing(i, prompts.get(i))).toList();
        int capacity = capacity(prompts.get(chosen.get(chosen.size() - 1)), decoding);
        try (Scope whole = compute.scope()) {
            KeyValueCache cache = copies(shared, chosen.size(), capacity);
            float[][] scores = read(cache, writings, adaptation);
            while (true) {
                for (int i = 0; i < scores.length; i++) {
                    writings.get(i).write(choice.choose(scores[i], writings.get(i).prompt, writings.get(i).length()),
                            decoding.limit());
                }
                if (writings.stream().allMatch(w -> w.ended)) {
                    break;
                }
                scores = next(cache, writings, adaptation);
            }
        }
        writings.forEach(w -> answers[w.prompt] = w.answer());
    }

    /** Reads one sequence, which may be empty, into a cache of its own. */
    private KeyValueCache read(int[] tokens, Adaptation adaptation) {
        Shape shape = new Shape(Math.max(1, tokens.length), model.heads().keyValueColumns()); // no tensor is empty
        List<Tensor> keys = new ArrayList<>();
        List<Tensor> values = new ArrayList<>();
        for (int layer = 0; layer < model.size().layers(); layer++) {
            keys.add(compute.fill(shape, 0));
            values.add(compute.fill(shape, 0));
        }
        KeyValueCache cache = new KeyValueCache(keys, values, new int[1]);
        parts(List.of(tokens)).forEach(part -> readOn(cache, part, adaptation));
        return cache;
    }

    /** @return a cache of several sequences that all begin like the one in {@code shared}, with room for more */
    private KeyValueCache copies(KeyValueCache shared, int sequences, int capacity) {
        int past = shared.past()[0];
        int[] rows = IntStream.range(0, sequences * capacity).map(row -> row % capacity < past ? row % capacity : 0).toArray();
        int[] pasts = new int[sequences];
        Arrays.fill(pasts, past);
        return new KeyValueCache(shared.keys().stream().map(keys -> compute.gatherRows(keys, rows)).toList(),
                shared.values().stream().map(values -> compute.gatherRows(values, rows)).toList(), pasts);
    }

    /** Reads what the cache doesn't hold of the prompts yet. */
    private float[][] read(KeyValueCache cache, List<Writing> writings, Adaptation adaptation) {
        List<List<int[]>> parts = parts(writings.stream()
                .map(w -> Arrays.copyOfRange(w.read, cache.past()[0], w.read.length)).toList());
        int last = parts.size() - 1;
        parts.subList(0, last).forEach(part -> readOn(cache, part, adaptation));
        return scores(cache, parts.get(last), adaptation);
    }

    /** @return the sequences, the shortest first, cut into so many parts each that not too many tokens are read at once */
    private static List<List<int[]>> parts(List<int[]> sequences) {
        int total = sequences.stream().mapToInt(s -> s.length).sum();
        int parts = Math.min((total + ROWS - 1) / ROWS, sequences.get(0).length);
        return IntStream.range(0, parts).mapToObj(part -> sequences.stream().map(s -> Arrays.copyOfRange(s,
                (int) ((long) s.length * part / parts), (int) ((long) s.length * (part + 1) / parts))).toList()).toList();
    }

    private void readOn(KeyValueCache cache, List<int[]> sequences, Adaptation adaptation) {
        try (Scope scope = compute.scope()) {
            hidden(cache, sequences, adaptation);
        }
    }

    /** Feeds the tokens just written. An answer that has ended reads its last token over and over, without moving on. */
    private float[][] next(KeyValueCache cache, List<Writing> writings, Adaptation adaptation) {
        for (int i = 0; i < writings.size(); i++) {
            cache.past()[i] = writings.get(i).position();
        }
        return scores(cache, writings.stream().map(w -> new int[] {w.last()}).toList(), adaptation);
    }

    private float[][] scores(KeyValueCache cache, List<int[]> sequences, Adaptation adaptation) {
        try (Scope scope = compute.scope()) {
            Tensor hidden = hidden(cache, sequences, adaptation);
            int[] lastRows = new int[sequences.size()];
            int row = -1;
            for (int i = 0; i < lastRows.length; i++) {
                row += sequences.get(i).length;
                lastRows[i] = row;
            }
            Tensor logits = model.logits(compute, weights, compute.gatherRows(hidden, lastRows));
            FloatBuffer elements = FloatBuffer.allocate(Math.toIntExact(logits.shape().size()));
            compute.download(logits, elements);
            return IntStream.range(0, lastRows.length)
                    .mapToObj(i -> Arrays.copyOfRange(elements.array(), i * logits.columns(), (i + 1) * logits.columns()))
                    .toArray(float[][]::new);
        }
    }

    private Tensor hidden(KeyValueCache cache, List<int[]> sequences, Adaptation adaptation) {
        Segments segments = new Segments(sequences.stream().mapToInt(s -> s.length).toArray());
        int[] positions = segments.positions();
        int row = 0;
        for (int i = 0; i < segments.count(); i++) {
            for (int j = 0; j < segments.lengths()[i]; j++) {
                positions[row++] += cache.past()[i];
            }
        }
        int[] ids = sequences.stream().flatMapToInt(Arrays::stream).toArray();
        Tensor hidden = model.hidden(compute, weights, new Tokens(ids, segments, positions), adaptation, cache);
        for (int i = 0; i < segments.count(); i++) {
            cache.past()[i] += segments.lengths()[i];
        }
        return hidden;
    }

    /** A prompt and what was written after it so far. */
    private final class Writing {

        private final int prompt;
        private final int[] read;
        private final List<Integer> written = new ArrayList<>();
        private boolean ended;

        Writing(int prompt, int[] read) {
            this.prompt = prompt;
            this.read = read;
        }

        void write(int token, int limit) {
            if (ended) {
                return;
            }
            if (token == endOfText) {
                ended = true;
                return;
            }
            written.add(token);
            ended = length() == limit || read.length + length() > model.size().positions();
        }

        int length() {
            return written.size();
        }

        int last() {
            return written.isEmpty() ? read[read.length - 1] : written.get(length() - 1);
        }

        /** Where {@link #last} stands, or the last place that the model reads. */
        int position() {
            return Math.min(read.length + length(), model.size().positions()) - 1;
        }

        int[] answer() {
            return written.stream().mapToInt(Integer::intValue).toArray();
        }
    }
}
