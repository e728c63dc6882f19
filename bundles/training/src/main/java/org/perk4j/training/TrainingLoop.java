package org.perk4j.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.perk4j.formats.AtomicFiles;
import org.perk4j.formats.OutputPlace;
import org.perk4j.meta.NotFiniteException;

/**
 * The outer loop: gradient, clipping, update, with validation, logging and checkpoints at intervals. A step depends only on
 * the state before it, so a run that was stopped, in any way, and resumed ends with the same bits as an uninterrupted one.
 */
final class TrainingLoop {

    /** A run whose gradients are infinite or NaN for this number of steps in a row will not recover. */
    private static final int HOPELESS = 20;

    private final Trainer trainer;
    private final LoopOptions options;
    private final Path folder;
    private final String name;
    private final Progress progress;
    private final BooleanSupplier stop;
    private final Checkpoints checkpoints;
    private final Schedule schedule;
    private final OuterAdamW optimizer;
    private final Clipping clipping;

    /**
     * The options of every run.
     *
     * @param outer      the optimizer
     * @param validation when to validate
     * @param checkpoint when to save
     */
    record LoopOptions(OuterOptions outer, ValidationOptions validation, CheckpointOptions checkpoint) {
    }

    /**
     * @param stop polled after each step: whether to save and stop; so does a file named {@code stop} in the folder
     */
    TrainingLoop(Trainer trainer, LoopOptions options, Path folder, String job, Progress progress, BooleanSupplier stop) {
        this.trainer = trainer;
        this.options = options;
        this.folder = folder;
        this.name = String.valueOf(folder.getFileName());
        this.progress = progress;
        this.stop = stop;
        this.checkpoints = checkpoints(folder, job, options.checkpoint().keep());
        this.schedule = Schedule.of(options.outer(), trainer.steps());
        this.optimizer = new OuterAdamW(options.outer(), trainer::isLearningRate);
        this.clipping = new Clipping(options.outer());
    }

    private static Checkpoints checkpoints(Path folder, String job, int kept) {
        return new Checkpoints(folder.resolve("checkpoints"), job, kept);
    }

    /**
     * Reserves the folder of a run, before everything else that it needs is read.
     *
     * @throws IOException naming the folder, if another process has it, it can't be written, or the run can't begin or be
     *                     resumed there
     */
    static OutputPlace reserve(Path folder, String job, boolean resume) throws IOException {
        OutputPlace place = OutputPlace.within(folder);
        try {
            checkpoints(folder, job, 1).requireUsable(resume);
            return place;
        } catch (IOException e) {
            place.close();
            throw e;
        }
    }

    TrainingOutcome run(boolean resume) throws IOException {
        Files.createDirectories(folder);
        Files.deleteIfExists(stopFile());
        TrainingState state = start(resume);
        try (TrainingLog log = TrainingLog.open(folder.resolve("log.jsonl"), state.counters().step())) {
            progress.begin(name, state.counters().step(), trainer.steps());
            state = steps(state, log);
        } finally {
            progress.end();
        }
        save(state);
        Files.deleteIfExists(stopFile());
        return TrainingOutcome.of(state.counters(), folder, finished(state.counters()));
    }

    private TrainingState start(boolean resume) throws IOException {
        checkpoints.requireUsable(resume);
        Variables initial = trainer.initial();
        Optional<TrainingState> saved = checkpoints.latest(initial.specs());
        return saved.orElseGet(() -> TrainingState.initial(initial));
    }

    private TrainingState steps(TrainingState start, TrainingLog log) throws IOException {
        TrainingState state = start;
        long savedAt = System.nanoTime();
        int unusable = 0;
        while (!finished(state.counters()) && !stopRequested()) {
            long begin = System.nanoTime();
            Trainer.TrainStep found = trainer.trainStep(state.values(), state.counters().step(),
                    state.counters().position());
            double norm = clipping.apply(found.gradient().values());
            boolean usable = Double.isFinite(norm) && Double.isFinite(found.loss());
            unusable = usable ? 0 : unusable + 1;
            if (unusable == HOPELESS) {
                throw new NotFiniteException("loss or gradient was not finite in " + HOPELESS + " steps in a row, the last "
                        + (state.counters().step() + 1) + ": lower the learning rate");
            }
            double rate = schedule.rate(state.counters().step());
            if (usable) {
                optimizer.update(state.values(), state.first(), state.second(), found.gradient(),
                        state.counters().updates() + 1, rate);
                trainer.afterStep(state.values(), found.gradient(), state.counters().step() + 1);
            }
            double seconds = (System.nanoTime() - begin) * 1e-9;
            state = state.with(state.counters().after(found, usable, seconds));

            Map<String, Object> line = line(state.counters(), found, norm, rate, seconds);
            if (state.counters().step() % options.validation().every() == 0 || state.counters().step() == trainer.steps()) {
                Trainer.Validation validation = trainer.validate(state.values());
                putNumber(line, "validationLoss", validation.loss());
                putNumber(line, "exactMatch", validation.exactMatch());
                state = judged(state, validation);
                if (!Double.isFinite(validation.loss())) {
                    log.write(line);
                    throw notFinite(state);
                }
            }
            log.write(line);
            progress.logged(line);
            progress.at(state.counters().step(), detail(found, state.counters(), seconds));

            boolean due = state.counters().step() % options.checkpoint().everySteps() == 0
                    || System.nanoTime() - savedAt > options.checkpoint().everyMinutes() * 60e9;
            if (due && !finished(state.counters())) {
                save(state);
                savedAt = System.nanoTime();
            }
        }
        return state;
    }

    private TrainingState judged(TrainingState state, Trainer.Validation validation) {
        TrainingState.Counters counters = state.counters();
        return validation.loss() < counters.bestLoss() ? state.withBest(counters.improved(validation))
                : state.with(counters.notImproved(counters.step() > trainer.lastStage()));
    }

    /** Saves the best parameters so far: the current ones are unusable. */
    private NotFiniteException notFinite(TrainingState state) throws IOException {
        TrainingState.Counters counters = state.counters();
        if (counters.bestStep() > 0) {
            save(state);
        }
        return new NotFiniteException("the validation loss is not finite after step " + counters.step()
                + ": lower the learning rate"
                + (counters.bestStep() > 0 ? "; the best values so far, of step " + counters.bestStep()
                + ", are in " + folder : ""));
    }

    private boolean finished(TrainingState.Counters counters) {
        int patience = options.validation().patience();
        return counters.step() >= trainer.steps() || patience > 0 && counters.unimproved() >= patience;
    }

    private boolean stopRequested() {
        return stop.getAsBoolean() || Files.exists(stopFile());
    }

    private Path stopFile() {
        return folder.resolve("stop");
    }

    private void save(TrainingState state) throws IOException {
        checkpoints.write(state);
        AtomicFiles.writeFiles(folder,
                into -> trainer.export(state.counters().bestStep() > 0 ? state.best() : state.values(),
                state.counters(), into));
    }

    private Map<String, Object> line(TrainingState.Counters counters, Trainer.TrainStep found, double norm, double rate,
                                     double seconds) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("step", counters.step());
        putNumber(line, "loss", found.loss());
        putNumber(line, "accuracy", found.accuracy());
        putNumber(line, "retention", found.retention());
        putNumber(line, "gradientNorm", norm);
        line.put("learningRate", rate);
        line.put("tokens", counters.tokens());
        line.put("seconds", counters.seconds());
        line.put("tokensPerSecond", found.tokens() / Math.max(seconds, 1e-9));
        line.put("peakBytes", trainer.peakBytes());
        return line;
    }

    /** Leaves out numbers that aren't finite, which JSON doesn't have. */
    private static void putNumber(Map<String, Object> line, String key, double value) {
        if (Double.isFinite(value)) {
            line.put(key, value);
        }
    }

    private String detail(Trainer.TrainStep found, TrainingState.Counters counters, double seconds) {
        StringBuilder detail = new StringBuilder(String.format(Locale.ROOT, "loss %.3f", found.loss()));
        if (counters.bestStep() > 0) {
            detail.append(String.format(Locale.ROOT, ", validation %.3f", counters.bestLoss()));
        }
        if (Double.isFinite(counters.bestExactMatch())) {
            detail.append(String.format(Locale.ROOT, " (%.0f %% right)", 100 * counters.bestExactMatch()));
        }
        return detail.append(String.format(Locale.ROOT, ", %.0f tokens/s, %.0f MiB", found.tokens() / seconds,
                trainer.peakBytes() / 1048576.0)).toString();
    }
}
