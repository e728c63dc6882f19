package org.perk4j.inference;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Owner;
import org.perk4j.backend.Scope;
import org.perk4j.model.Adaptation;
import org.perk4j.model.KeyValueCache;
import org.perk4j.model.Model;
import org.perk4j.tensor.AttentionSpec;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * The keys and values of a batch's sequences: a pool of rows per layer, in which each sequence has a contiguous run. A new
 * sequence gets free rows; if no run of them is long enough, or rows of another sequence are to be copied, the pool is
 * copied into a new one. The rows of a sequence that has left stay until another sequence needs them, so that a prompt with
 * the same beginning can continue from them.
 */
final class CachePool implements AutoCloseable {

    private static final int USUAL_ROWS = 16_384;
    /**
     * Prompts that share at least this number of tokens share their rows: copying these, and the pool with them, is then
     * faster than reading the tokens again.
     */
    private static final int WORTH_SHARING = 32;

    private final Compute compute;
    private final Model model;
    private final Owner owner;
    /** The sequences that have rows, including those that have left. */
    private final List<Sequence> placed = new ArrayList<>();
    private List<Tensor> keys = List.of();
    private List<Tensor> values = List.of();
    private int rows;
    /** Rows of all sequences together, unless a single one takes more. */
    private int mostRows = USUAL_ROWS;

    CachePool(Compute compute, Model model) {
        this.compute = compute;
        this.model = model;
        this.owner = compute.owner();
    }

    /** @return the bytes that a row takes, with its keys and its values, in all layers */
    static long rowBytes(Model model) {
        return model.attention().stream().mapToLong(spec -> 2L * Float.BYTES * spec.heads().keyValueColumns()).sum();
    }

    /** Bounds the memory of all sequences together, from now on. */
    void limit(long bytes) {
        mostRows = (int) Math.max(1, Math.min(Integer.MAX_VALUE, bytes / rowBytes(model)));
    }

    /** The first {@code length} rows of another sequence, with which a sequence begins, so that it needn't read them. */
    private record Start(Sequence of, int length) {
    }

    /** Rows {@code first} to {@code end}, exclusive. */
    private record Run(int first, int end) {

        static Run of(Sequence sequence) {
            return new Run(sequence.start(), sequence.start() + sequence.capacity());
        }

        boolean meets(Run other) {
            return first < other.end && other.first < end;
        }
    }

    /**
     * Gives rows to sequences for which there is room, in order. A sequence with the same beginning as one that is being
     * read waits until that is read.
     *
     * @param waiting the sequences without rows, in order
     * @param most    the most sequences that may have rows and be open
     * @return the sequences that got rows
     */
    List<Sequence> admit(Collection<Sequence> waiting, int most) {
        List<Sequence> open = placed.stream().filter(Sequence::isOpen).toList();
        long taken = open.stream().mapToLong(Sequence::capacity).sum();
        Map<Sequence, Start> coming = new LinkedHashMap<>();
        for (Sequence next : waiting) {
            if (open.size() + coming.size() == most || taken > 0 && taken + next.capacity() > mostRows) {
                break;
            }
            Start start = start(next);
            int later = Stream.concat(open.stream(), coming.keySet().stream())
                    .mapToInt(other -> common(next, other)).max().orElse(0);
            if (later < Math.max(start.length, next.virtual()) + WORTH_SHARING) {
                coming.put(next, start);
                taken += next.capacity();
            }
        }
        if (!coming.isEmpty() && !placeWhereFree(open, coming)) {
            move(open, coming);
        }
        return List.copyOf(coming.keySet());
    }

    private static int common(Sequence next, Sequence other) {
        return other.adaptation() == next.adaptation() ? next.commonStart(other) : 0;
    }

    private Start start(Sequence next) {
        Start best = new Start(next, 0);
        for (Sequence other : placed) {
            int length = Math.min(common(next, other), other.read());
            if (length >= next.virtual() + WORTH_SHARING && length > best.length) {
                best = new Start(other, length);
            }
        }
        return best;
    }

    /** @return whether all got rows without copying; otherwise none did */
    private boolean placeWhereFree(List<Sequence> open, Map<Sequence, Start> coming) {
        List<Run> taken = new ArrayList<>(open.stream().map(Run::of).toList());
        Map<Sequence, Run> runs = new LinkedHashMap<>();
        for (Map.Entry<Sequence, Start> entry : coming.entrySet()) {
            if (entry.getValue().length > 0) {
                Sequence left = entry.getValue().of;
                Run run = new Run(left.start(), left.start() + entry.getKey().capacity());
                if (left.isOpen() || run.end > rows || taken.stream().anyMatch(run::meets)) {
                    return false;
                }
                taken.add(run);
                runs.put(entry.getKey(), run);
            }
        }
        for (Sequence next : coming.keySet()) {
            if (!runs.containsKey(next)) {
                Run run = free(Stream.concat(taken.stream(), placed.stream().map(Run::of)), next.capacity());
                if (run.end > rows) { // reuse the rows of sequences that have left
                    run = free(taken.stream(), next.capacity());
                }
                if (run.end > rows) {
                    return false;
                }
                taken.add(run);
                runs.put(next, run);
            }
        }
        placed.removeIf(other -> !other.isOpen() && runs.values().stream().anyMatch(Run.of(other)::meets));
        runs.forEach((sequence, run) -> sequence.place(run.first, coming.get(sequence).length));
        placed.addAll(runs.keySet());
        return true;
    }

    /** @return the first run that overlaps none of the taken ones; it may end beyond the pool */
    private static Run free(Stream<Run> taken, int capacity) {
        int first = 0;
        for (Run run : taken.sorted(Comparator.comparingInt(Run::first)).toList()) {
            if (run.first - first >= capacity) {
                break;
            }
            first = Math.max(first, run.end);
        }
        return new Run(first, first + capacity);
    }

    /** Copies the rows that are still needed into a new pool. */
    private void move(List<Sequence> open, Map<Sequence, Start> coming) {
        Map<Sequence, Start> starts = new LinkedHashMap<>();
        open.forEach(sequence -> starts.put(sequence, new Start(sequence, sequence.read())));
        starts.putAll(coming);
        int needed = starts.keySet().stream().mapToInt(Sequence::capacity).sum();
        int size = needed <= rows ? rows : Math.max(needed, Math.min(mostRows, rows + rows / 2));
        int[] from = new int[size];
        Map<Sequence, Run> runs = new LinkedHashMap<>();
        int first = 0;
        for (Map.Entry<Sequence, Start> entry : starts.entrySet()) {
            Start start = entry.getValue();
            for (int i = 0; i < start.length; i++) {
                from[first + i] = start.of.start() + i;
            }
            runs.put(entry.getKey(), new Run(first, first + entry.getKey().capacity()));
            first += entry.getKey().capacity();
        }
        boolean nothingKept = starts.values().stream().allMatch(start -> start.length == 0);
        try (Scope scope = owner.scope()) {
            keys = nothingKept ? empty(keys, size) : moved(keys, from);
            values = nothingKept ? empty(values, size) : moved(values, from);
        }
        rows = size;
        runs.forEach((sequence, run) -> sequence.place(run.first, starts.get(sequence).length));
        placed.clear();
        placed.addAll(runs.keySet());
    }

    private List<Tensor> empty(List<Tensor> before, int size) {
        before.forEach(compute::free);
        List<Tensor> layers = new ArrayList<>();
        for (AttentionSpec spec : model.attention()) {
            layers.add(compute.fill(new Shape(size, spec.heads().keyValueColumns()), 0));
        }
        return layers;
    }

    private List<Tensor> moved(List<Tensor> before, int[] from) {
        List<Tensor> layers = new ArrayList<>();
        for (Tensor layer : before) {
            layers.add(compute.gatherRows(layer, from));
            compute.free(layer);
        }
        return layers;
    }

    /** Forgets the rows of a sequence that has left. */
    void forget(Sequence sequence) {
        placed.remove(sequence);
    }

    /** Forgets the rows that were read with an adaptation. */
    void forget(Adaptation adaptation) {
        placed.removeIf(sequence -> sequence.adaptation() == adaptation);
    }

    /** @return the caches of these sequences */
    KeyValueCache of(List<Sequence> sequences) {
        return new KeyValueCache(keys, values, sequences.stream().mapToInt(Sequence::start).toArray(),
                sequences.stream().mapToInt(Sequence::read).toArray());
    }

    @Override
    public void close() {
        owner.close();
    }
}
