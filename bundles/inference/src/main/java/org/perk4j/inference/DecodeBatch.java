package org.perk4j.inference;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Scope;
import org.perk4j.model.Adaptation;
import org.perk4j.model.KeyValueCache;
import org.perk4j.model.Model;
import org.perk4j.model.Parameters;
import org.perk4j.model.Reading;
import org.perk4j.model.Tokens;
import org.perk4j.tensor.Segments;
import org.perk4j.tensor.Tensor;

/**
 * A decoding batch, which sequences join and leave between steps. A step reads some tokens of each sequence at once: the
 * token that was generated last, or a part of the prompt, so that a long prompt doesn't delay the others. Sequences that
 * have read all their tokens generate the next one. The base's weights are thus read once for all sequences, whatever their
 * adaptations, except in layers whose weights an adaptation replaces. Apart from the backend's rounding, a sequence doesn't
 * depend on the others in its batch.
 *
 * <p>Keys and values are cached. If several prompts with the same adaptation have the same beginning, now or one after
 * another, it is read only once: a context that several questions are about, for example, or a conversation so far.
 *
 * <p>For use by the computation's thread. The tensors of an adaptation must live until the last sequence with it has left.
 */
public final class DecodeBatch implements AutoCloseable {

    /** The most tokens read in one step, which bounds the memory of the hidden states. */
    private static final int TOKENS = 1_024;
    /** The most sequences read in one step, which bounds the memory of the logits. */
    private static final int SEQUENCES = 64;

    private final Compute compute;
    private final Model model;
    private final Set<Integer> ends;
    private final int positions;
    private final CachePool pool;
    private final ReadingGroups groups;
    private final List<Sequence> waiting = new ArrayList<>();
    private final List<Sequence> open = new ArrayList<>();

    /** @param ends the tokens that end an answer */
    public DecodeBatch(Compute compute, Model model, Parameters weights, Set<Integer> ends) {
        this.compute = compute;
        this.model = model;
        this.ends = Set.copyOf(ends);
        this.positions = model.size().positions();
        this.pool = new CachePool(compute, model);
        this.groups = new ReadingGroups(compute, weights);
    }

    /**
     * Adds a prompt, which is continued from the next step on, or as soon as there is room.
     *
     * @param adaptation the adaptation to read it with; for prompts of the same memory, pass the same object
     * @throws IllegalArgumentException if the prompt is empty or longer than the model reads
     */
    public Sequence join(int[] prompt, Adaptation adaptation, Decoding decoding) {
        return join(prompt, adaptation, decoding, 0);
    }

    /** @param number the number of the prompt among those that are sampled with the same seed */
    Sequence join(int[] prompt, Adaptation adaptation, Decoding decoding, int number) {
        Sequence sequence = new Sequence(prompt, adaptation, decoding, number, positions);
        waiting.add(sequence);
        return sequence;
    }

    /** Bounds the memory for keys and values, which is 16,384 rows at first; who doesn't fit waits. */
    void limitCaches(long bytes) {
        pool.limit(bytes);
    }

    /** Removes a sequence, ending it where it is. Does nothing if it has ended or left already. */
    public void leave(Sequence sequence) {
        sequence.leave();
        waiting.remove(sequence);
        open.remove(sequence);
    }

    /**
     * Reads some tokens of each sequence.
     *
     * @return whether any sequence continues
     */
    public boolean step() {
        List<Sequence> admitted = pool.admit(waiting, SEQUENCES);
        waiting.removeAll(admitted);
        open.addAll(admitted);
        List<ReadingGroups.Group> reads = groups.of(open.stream().map(Sequence::adaptation).toList());
        open.stream().filter(Sequence::mustBegin).forEach(sequence -> begin(sequence, reads));
        List<Sequence> reading = new ArrayList<>();
        List<Integer> counts = new ArrayList<>();
        int left = TOKENS - (int) open.stream().filter(sequence -> sequence.unread() == 1).count();
        for (Sequence sequence : open) {
            int count = sequence.unread();
            if (count > 1) {
                count = Math.min(count, left);
                left -= count;
            }
            if (count > 0) {
                reading.add(sequence);
                counts.add(count);
            }
        }
        if (!reading.isEmpty()) {
            read(reads, reading, counts.stream().mapToInt(count -> count).toArray());
        }
        open.stream().filter(Sequence::hasFailed).forEach(pool::forget);
        open.removeIf(sequence -> !sequence.isOpen());
        return !isIdle();
    }

    /** Reads the virtual tokens into the cache, where the following tokens find them, whatever else is read beside. */
    private void begin(Sequence sequence, List<ReadingGroups.Group> reads) {
        Adaptation adaptation = sequence.adaptation();
        ReadingGroups.Group group = reads.stream().filter(any -> any.has(adaptation)).findFirst().orElseThrow();
        try (Scope scope = compute.scope()) {
            model.begin(compute, group.weights(), adaptation, pool.of(List.of(sequence)));
        }
        sequence.readOn(sequence.virtual());
    }

    private void read(List<ReadingGroups.Group> groups, List<Sequence> sequences, int[] counts) {
        Segments segments = new Segments(counts);
        int[] positions = segments.positions();
        int[] ids = new int[positions.length];
        int[] lastRows = new int[counts.length];
        KeyValueCache cache = pool.of(sequences);
        int row = 0;
        for (int i = 0; i < counts.length; i++) {
            for (int token : sequences.get(i).next(counts[i])) {
                ids[row] = token;
                positions[row++] += cache.past()[i];
            }
            lastRows[i] = row - 1;
        }
        try (Scope scope = compute.scope()) {
            List<Reading> readings = groups.stream().flatMap(group -> group.reading(sequences, counts).stream()).toList();
            Tensor hidden = model.hidden(compute, readings, new Tokens(ids, segments, positions), cache);
            IntStream.range(0, counts.length).forEach(i -> sequences.get(i).readOn(counts[i]));
            for (List<Reading> ofOneHead : byHead(readings)) {
                int[] done = ofOneHead.stream().flatMapToInt(reading -> Arrays.stream(reading.sequences()))
                        .filter(i -> sequences.get(i).unread() == 0).sorted().toArray();
                if (done.length > 0) {
                    Tensor last = compute.gatherRows(hidden, Arrays.stream(done).map(i -> lastRows[i]).toArray());
                    write(Arrays.stream(done).mapToObj(sequences::get).toList(),
                            model.logits(compute, ofOneHead.get(0).weights(), last));
                }
            }
        }
    }

    /** Forgets an adaptation that no sequence uses and none will use. */
    void forget(Adaptation adaptation) {
        pool.forget(adaptation);
        groups.forget(adaptation);
    }

    /** @return whether no sequence continues */
    boolean isIdle() {
        return open.isEmpty() && waiting.isEmpty();
    }

    /** @return the readings, grouped by the weight of their head */
    private Collection<List<Reading>> byHead(List<Reading> readings) {
        Map<Tensor, List<Reading>> heads = new LinkedHashMap<>();
        readings.forEach(reading -> heads.computeIfAbsent(reading.weights().get(model.head()), head -> new ArrayList<>())
                .add(reading));
        return heads.values();
    }

    private void write(List<Sequence> sequences, Tensor logits) {
        if (sequences.stream().allMatch(Sequence::isGreedy)) {
            int[] likeliest = compute.largestColumns(logits);
            IntStream.range(0, likeliest.length).forEach(i -> sequences.get(i).writeLargest(likeliest[i], ends));
            return;
        }
        FloatBuffer scores = FloatBuffer.allocate(Math.toIntExact(logits.shape().size()));
        compute.download(logits, scores);
        int columns = logits.columns();
        for (int i = 0; i < sequences.size(); i++) {
            sequences.get(i).write(Arrays.copyOfRange(scores.array(), i * columns, (i + 1) * columns), ends);
        }
    }

    /** Frees the caches. Open sequences are not changed. */
    @Override
    public void close() {
        groups.close();
        pool.close();
    }
}
