package org.perk4j.inference;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Scope;
import org.perk4j.model.Adaptation;
import org.perk4j.model.KeyValueCache;
import org.perk4j.model.Model;
import org.perk4j.model.Parameters;
import org.perk4j.model.RowAdaptations;
import org.perk4j.model.Tokens;
import org.perk4j.tensor.AttentionSpec;
import org.perk4j.tensor.Segments;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * Continues prompts, with keys and values cached. What all prompts begin with, such as a context that they all ask about, is
 * read once. Prompts of different lengths and with different adaptations are decoded side by side, as many as the cache has
 * room for, until half of the answers have ended, from then on the others alone, and so on; a long prompt is read in parts, so
 * that memory beyond the cache stays bounded.
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
    private final Set<Integer> ends;

    /** @param ends the tokens that end an answer */
    public Generator(Compute compute, Model model, Parameters weights, Set<Integer> ends) {
        this.compute = compute;
        this.model = model;
        this.weights = weights;
        this.ends = Set.copyOf(ends);
    }

    /**
     * Continues prompts that are all read with one adaptation.
     *
     * @return what follows each prompt, without the token that ends it. An answer also ends where the model can't read on.
     * @throws IllegalArgumentException if a prompt is empty or longer than the model reads
     */
    public List<int[]> generate(List<int[]> prompts, Adaptation adaptation, Decoding decoding) {
        return generate(prompts, Collections.nCopies(prompts.size(), adaptation), decoding);
    }

    /**
     * Continues prompts, each read with an adaptation of its own. Base weights are read once for all of them.
     *
     * @param adaptations one for each prompt; prompts of one memory have the same object
     * @return what follows each prompt, without the token that ends it. An answer also ends where the model can't read on.
     * @throws IllegalArgumentException if a prompt is empty or longer than the model reads, or if there aren't as many
     *                                  adaptations
     */
    public List<int[]> generate(List<int[]> prompts, List<Adaptation> adaptations, Decoding decoding) {
        if (adaptations.size() != prompts.size()) {
            throw new IllegalArgumentException(prompts.size() + " prompts, " + adaptations.size() + " adaptations");
        }
        if (prompts.isEmpty()) {
            return List.of();
        }
        prompts.forEach(this::check);
        int[][] answers = new int[prompts.size()][];
        List<Adaptation> distinct = adaptations.stream().distinct().toList();
        int[] memories = adaptations.stream().mapToInt(distinct::indexOf).toArray();
        List<Integer> byLength = IntStream.range(0, prompts.size()).boxed()
                .sorted(Comparator.comparingInt(i -> prompts.get(i).length)).toList();
        try (Scope scope = compute.scope()) {
            RowAdaptations together = RowAdaptations.of(compute, distinct);
            KeyValueCache shared = read(sharedStart(prompts, distinct.size()), distinct.size(), together);
            int start = 0;
            while (start < byLength.size()) {
                int end = start + 1;
                while (end < byLength.size() && end - start < PROMPTS
                        && (end - start + 1L) * capacity(prompts.get(byLength.get(end)), decoding) <= CACHED_TOKENS) {
                    end++;
                }
                List<Writing> writings = byLength.subList(start, end).stream()
                        .map(i -> new Writing(i, memories[i], prompts.get(i))).toList();
                decode(shared, writings, together, decoding);
                writings.forEach(w -> answers[w.prompt] = w.answer());
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

    /**
     * @return what all prompts begin with, nothing if each has a memory to itself; of each prompt at least the last token
     *         remains, since it is asked what follows that
     */
    private static int[] sharedStart(List<int[]> prompts, int memories) {
        if (prompts.size() == memories) {
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

    /** Continues prompts, the shortest first, side by side. */
    private void decode(KeyValueCache shared, List<Writing> writings, RowAdaptations adaptations, Decoding decoding) {
        TokenChoice choice = new TokenChoice(decoding);
        int capacity = capacity(writings.get(writings.size() - 1).read, decoding);
        int[] memories = writings.stream().mapToInt(w -> w.memory).toArray();
        try (Scope whole = compute.scope()) {
            Reading reading = new Reading(copies(shared, memories, capacity), memories, adaptations);
            List<Writing> read = writings;
            float[][] scores = reading.start(read);
            while (true) {
                for (int i = 0; i < scores.length; i++) {
                    read.get(i).write(choice.choose(scores[i], read.get(i).prompt, read.get(i).length()), decoding.limit());
                }
                int[] open = open(read);
                if (open.length == 0) {
                    break;
                }
                if (2 * open.length <= read.size()) {
                    reading = reading.only(open);
                    read = Arrays.stream(open).mapToObj(read::get).toList();
                }
                scores = reading.next(read);
            }
        }
    }

    /** @return the places of the answers that haven't ended */
    private static int[] open(List<Writing> writings) {
        return IntStream.range(0, writings.size()).filter(i -> !writings.get(i).ended).toArray();
    }

    /** Reads the same tokens, of which there may be none, with each memory, into a cache of their own. */
    private KeyValueCache read(int[] tokens, int memories, RowAdaptations adaptations) {
        int rows = memories * Math.max(1, tokens.length); // never empty
        List<Tensor> keys = new ArrayList<>();
        List<Tensor> values = new ArrayList<>();
        for (AttentionSpec spec : model.attention()) {
            Shape shape = new Shape(rows, spec.heads().keyValueColumns());
            keys.add(compute.fill(shape, 0));
            values.add(compute.fill(shape, 0));
        }
        KeyValueCache cache = new KeyValueCache(keys, values, new int[memories]);
        Reading reading = new Reading(cache, IntStream.range(0, memories).toArray(), adaptations);
        parts(Collections.nCopies(memories, tokens)).forEach(reading::on);
        return cache;
    }

    /** @return a cache of sequences that each begin like the one of its memory in {@code shared}, with room for more */
    private KeyValueCache copies(KeyValueCache shared, int[] memories, int capacity) {
        int past = shared.past()[0];
        int each = Math.max(1, past);
        int[] rows = IntStream.range(0, memories.length * capacity)
                .map(row -> memories[row / capacity] * each + (row % capacity < past ? row % capacity : 0)).toArray();
        int[] pasts = new int[memories.length];
        Arrays.fill(pasts, past);
        return new KeyValueCache(shared.keys().stream().map(keys -> compute.gatherRows(keys, rows)).toList(),
                shared.values().stream().map(values -> compute.gatherRows(values, rows)).toList(), pasts);
    }

    /** @return the sequences, the shortest first, cut into so many parts each that not too many tokens are read at once */
    private static List<List<int[]>> parts(List<int[]> sequences) {
        int total = sequences.stream().mapToInt(s -> s.length).sum();
        int parts = Math.min((total + ROWS - 1) / ROWS, sequences.get(0).length);
        return IntStream.range(0, parts).mapToObj(part -> sequences.stream().map(s -> Arrays.copyOfRange(s,
                (int) ((long) s.length * part / parts), (int) ((long) s.length * (part + 1) / parts))).toList()).toList();
    }

    /** Sequences that are read on and on, each with its memory. */
    private final class Reading {

        private final KeyValueCache cache;
        private final int[] memories;
        private final RowAdaptations adaptations;

        Reading(KeyValueCache cache, int[] memories, RowAdaptations adaptations) {
            this.cache = cache;
            this.memories = memories;
            this.adaptations = adaptations;
        }

        /** Reads what the cache doesn't hold of the prompts yet. */
        float[][] start(List<Writing> writings) {
            List<List<int[]>> parts = parts(writings.stream()
                    .map(w -> Arrays.copyOfRange(w.read, cache.past()[0], w.read.length)).toList());
            int last = parts.size() - 1;
            parts.subList(0, last).forEach(this::on);
            return scores(parts.get(last));
        }

        /** Reads the tokens just written. An answer that has ended reads its last over and over, without moving on. */
        float[][] next(List<Writing> writings) {
            for (int i = 0; i < writings.size(); i++) {
                cache.past()[i] = writings.get(i).position();
            }
            return scores(writings.stream().map(w -> new int[] {w.last()}).toList());
        }

        /** @return a reading that goes on with some of the sequences; this one has come to its end */
        Reading only(int... sequences) {
            int capacity = cache.keys().get(0).rows() / memories.length;
            int[] rows = Arrays.stream(sequences).flatMap(s -> IntStream.range(s * capacity, (s + 1) * capacity)).toArray();
            KeyValueCache left = new KeyValueCache(moved(cache.keys(), rows), moved(cache.values(), rows),
                    Arrays.stream(sequences).map(s -> cache.past()[s]).toArray());
            return new Reading(left, Arrays.stream(sequences).map(s -> memories[s]).toArray(), adaptations);
        }

        private List<Tensor> moved(List<Tensor> layers, int[] rows) {
            List<Tensor> moved = new ArrayList<>();
            for (Tensor layer : layers) {
                moved.add(compute.gatherRows(layer, rows));
                compute.free(layer);
            }
            return moved;
        }

        void on(List<int[]> sequences) {
            try (Scope scope = compute.scope()) {
                hidden(sequences);
            }
        }

        private float[][] scores(List<int[]> sequences) {
            try (Scope scope = compute.scope()) {
                Tensor hidden = hidden(sequences);
                int[] lastRows = new int[sequences.size()];
                int row = -1;
                for (int i = 0; i < lastRows.length; i++) {
                    row += sequences.get(i).length;
                    lastRows[i] = row;
                }
                Tensor logits = model.logits(compute, weights, compute.gatherRows(hidden, lastRows));
                FloatBuffer elements = FloatBuffer.allocate(Math.toIntExact(logits.shape().size()));
                compute.download(logits, elements);
                return IntStream.range(0, lastRows.length).mapToObj(
                        i -> Arrays.copyOfRange(elements.array(), i * logits.columns(), (i + 1) * logits.columns()))
                        .toArray(float[][]::new);
            }
        }

        private Tensor hidden(List<int[]> sequences) {
            Segments segments = new Segments(sequences.stream().mapToInt(s -> s.length).toArray());
            int[] positions = segments.positions();
            int[] memoryOfRow = new int[positions.length];
            int row = 0;
            for (int i = 0; i < segments.count(); i++) {
                for (int j = 0; j < segments.lengths()[i]; j++) {
                    memoryOfRow[row] = memories[i];
                    positions[row++] += cache.past()[i];
                }
            }
            int[] ids = sequences.stream().flatMapToInt(Arrays::stream).toArray();
            Tensor hidden = model.hidden(compute, weights, new Tokens(ids, segments, positions),
                    adaptations.rows(memoryOfRow), cache);
            for (int i = 0; i < segments.count(); i++) {
                cache.past()[i] += segments.lengths()[i];
            }
            return hidden;
        }
    }

    /** A prompt and what was written after it so far. */
    private final class Writing {

        private final int prompt;
        private final int memory;
        private final int[] read;
        private final List<Integer> written = new ArrayList<>();
        private boolean ended;

        Writing(int prompt, int memory, int[] read) {
            this.prompt = prompt;
            this.memory = memory;
            this.read = read;
        }

        void write(int token, int limit) {
            if (ended) {
                return;
            }
            if (ends.contains(token)) {
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
