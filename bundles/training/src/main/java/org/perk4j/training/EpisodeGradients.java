package org.perk4j.training;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.perk4j.backend.Compute;
import org.perk4j.backend.MemoryUsage;
import org.perk4j.backend.Scope;
import org.perk4j.data.EncodedEpisode;
import org.perk4j.meta.Learner;
import org.perk4j.meta.MetaGradient;
import org.perk4j.meta.MetaObjective;
import org.perk4j.model.Parameters;
import org.perk4j.tensor.Tensor;

/**
 * The gradients of a step's episodes: several at once if the device has computations beside the learner's
 * ({@link Compute#beside}), each of which has a thread of its own and borrows the weights. They are summed in the order of
 * the episodes, however many are computed at once, so results don't depend on that.
 */
final class EpisodeGradients implements AutoCloseable {

    private final MetaObjective objective;
    private final int most;
    /** The learner itself, and what it is on the computations beside its own. */
    private final List<Learner> learners = new ArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "perk4j-episode");
        thread.setDaemon(true);
        return thread;
    });
    private boolean measured;
    private boolean alone;

    /** Changes the gradient of each episode, a row, before it is added. */
    interface Change {
        Tensor of(Compute compute, Tensor row);
    }

    /**
     * The sum over episodes.
     *
     * @param gradient as a row
     */
    record Sum(double loss, double accuracy, double retention, long tokens, Tensor gradient) {
    }

    /** An episode's part of the sum, on the learner's computation. */
    private record Part(Learner learner, MetaGradient found, Tensor row) {
    }

    /** @param most how many episodes may be computed at once: each keeps a processor busy */
    EpisodeGradients(Learner learner, MetaObjective objective, int most) {
        this.objective = objective;
        this.most = most;
        learners.add(learner);
    }

    /**
     * @param meta     the parameters, on the learner's computation
     * @param count    the number of episodes, at least one
     * @param episodes gives the episode of a number, from 0; called by several threads
     * @return the sum, owned by the innermost open scope of the learner's computation
     */
    Sum of(Parameters meta, int count, IntFunction<EncodedEpisode> episodes, Change change) {
        hire(count);
        List<Parameters> lent = new ArrayList<>(List.of(meta));
        List<Scope> scopes = new ArrayList<>();
        try {
            for (Learner learner : learners.subList(1, learners.size())) {
                scopes.add(learner.compute().scope());
                lent.add(borrowed(learner.compute(), meta));
            }
            return summed(lent, count, episodes, change);
        } finally {
            scopes.forEach(Scope::close);
            measured = true;
        }
    }

    private Sum summed(List<Parameters> meta, int count, IntFunction<EncodedEpisode> episodes, Change change) {
        Sum sum = new Sum(0, 0, 0, 0, null);
        for (int first = 0; first < count; first += learners.size()) {
            List<Part> parts = atOnce(meta, first, Math.min(count, first + learners.size()), episodes, change);
            for (Part part : parts) {
                sum = new Sum(sum.loss + part.found.loss() / count, sum.accuracy + part.found.accuracy() / count,
                        sum.retention + part.found.retention() / count, sum.tokens + part.found.tokens(),
                        added(sum.gradient, part));
            }
            if (parts.size() > 1) {
                release(parts, sum.gradient);
            }
        }
        return sum;
    }

    /** @return the sum of both, in the memory of the first; a row of its own if that is null */
    private Tensor added(Tensor sum, Part part) {
        Compute compute = compute();
        boolean mine = part.learner == learners.get(0);
        if (sum == null && mine) {
            return part.row;
        }
        Tensor row = mine ? part.row : compute.borrow(part.learner.compute(), part.row);
        Tensor total = sum;
        if (sum == null) {
            total = compute.primal(row);
        } else {
            compute.accumulate(sum, 1, row);
        }
        compute.free(row);
        return total;
    }

    /** Frees the rows that were borrowed, once the sum has been computed. */
    private void release(List<Part> parts, Tensor sum) {
        try (Scope scope = compute().scope()) {
            compute().download(compute().columns(sum, 0, 1)); // waits
        }
        parts.stream().filter(part -> part.learner != learners.get(0)).forEach(part ->
                part.learner.compute().free(part.row));
    }

    /**
     * Each learner gets the episode of its rank by length, so that it meets similar ones again: a device may have recorded
     * the work for these.
     *
     * @return the parts of these episodes, in their order
     */
    private List<Part> atOnce(List<Parameters> meta, int from, int to, IntFunction<EncodedEpisode> episodes, Change change) {
        List<EncodedEpisode> all = IntStream.range(from, to).parallel().mapToObj(episodes).toList();
        List<Integer> byLength = IntStream.range(0, all.size()).boxed()
                .sorted(Comparator.comparingInt(i -> tokens(all.get(i)))).toList();
        List<CompletableFuture<Part>> others = new ArrayList<>();
        for (int rank = 1; rank < all.size(); rank++) {
            int mine = rank;
            others.add(CompletableFuture.supplyAsync(() -> part(learners.get(mine), meta.get(mine),
                    all.get(byLength.get(mine)), change), threads));
        }
        Part[] parts = new Part[all.size()];
        try {
            parts[byLength.get(0)] = part(learners.get(0), meta.get(0), all.get(byLength.get(0)), change);
            for (int rank = 1; rank < all.size(); rank++) {
                parts[byLength.get(rank)] = others.get(rank - 1).join();
            }
            return List.of(parts);
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        } finally {
            others.forEach(other -> other.handle((part, failure) -> part).join()); // none is at work when this has failed
        }
    }

    private static int tokens(EncodedEpisode episode) {
        return episode.segments().stream().mapToInt(segment -> segment.tokens().length).sum();
    }

    private Part part(Learner learner, Parameters meta, EncodedEpisode episode, Change change) {
        Compute compute = learner.compute();
        try (Scope scope = compute.scope()) {
            MetaGradient found = objective.gradient(learner, meta, episode);
            Tensor row = change.of(compute, compute.join(found.gradient().tensors().toArray(Tensor[]::new)));
            compute.submit();
            return new Part(learner, found, scope.keep(row));
        }
    }

    /**
     * Makes learners on further computations, as many as there are episodes at most. Half of the free memory must be enough
     * for all of them; a first step tells what each takes.
     */
    private void hire(int count) {
        while (measured && !alone && learners.size() < Math.min(count, most) && hasRoom()) {
            Optional<Compute> beside = compute().beside();
            alone = beside.isEmpty();
            beside.ifPresent(this::hire);
        }
    }

    private boolean hasRoom() {
        MemoryUsage memory = compute().memory();
        return (learners.size() + 1) * (memory.peakBytes() - memory.liveBytes()) < 2 * compute().spareBytes();
    }

    private void hire(Compute compute) {
        Learner first = learners.get(0);
        try {
            learners.add(new Learner(compute, first.autodiff(), first.model(), borrowed(compute, first.weights()),
                    first.adapter(), first.optimizer()));
        } catch (RuntimeException | Error e) {
            compute.close();
            throw e;
        }
    }

    private Parameters borrowed(Compute compute, Parameters lent) {
        return lent.with(lent.tensors().stream().map(tensor -> compute.borrow(compute(), tensor)).toList());
    }

    private Compute compute() {
        return learners.get(0).compute();
    }

    /** @return the largest number of bytes that tensors have held at once */
    long peakBytes() {
        return learners.stream().mapToLong(learner -> learner.compute().memory().peakBytes()).sum();
    }

    /** Closes the computations beside the learner's. */
    @Override
    public void close() {
        threads.shutdown();
        learners.subList(1, learners.size()).forEach(learner -> learner.compute().close());
    }
}
