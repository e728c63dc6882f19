package org.perk4j.studies;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.perk4j.evaluation.Baselines;
import org.perk4j.evaluation.EvaluateJob;
import org.perk4j.evaluation.Evaluation;
import org.perk4j.evaluation.EvaluationResult;
import org.perk4j.evaluation.HeldOut;
import org.perk4j.evaluation.Method;
import org.perk4j.inference.PromptTooLongException;
import org.perk4j.meta.NotFiniteException;
import org.perk4j.training.MetaTraining;
import org.perk4j.training.TrainJob;
import org.perk4j.training.TrainingOutcome;

/**
 * Trains an adapter, if there is none yet, and tests it: the cells that have it in common. Writes the results of each.
 *
 * @param cost what measures the tests, if they are of time and memory rather than accuracy
 */
record CellComputing(MetaTraining training, Evaluation evaluation, Optional<InferenceCost> cost, CellFiles files, Work work)
        implements GridRun.Computing {

    /** A step of training on an episode takes some three times as long as a test on one: it goes back as well. */
    private static final long STEP = 3;

    private static final String PROBLEM = "problem";

    /** @return how long it takes to train a cell's adapter, as the number of contexts that could be tested meanwhile */
    static long trainingWeight(Cell cell) {
        return STEP * cell.training().stream().flatMap(job -> job.stages().stream())
                .mapToLong(stage -> (long) stage.steps() * stage.episodes()).sum();
    }

    /** @return the number of contexts that a cell tests, by all methods */
    static long testWeight(Cell cell) {
        EvaluateJob test = cell.test();
        int methods = 1 + (test.ftIcr().isEmpty() ? 0 : 1) + (test.noContext() ? 1 : 0);
        return (long) methods * test.episodes() * test.contexts().size();
    }

    @Override
    public void compute(List<Cell> group, BooleanSupplier stop) throws IOException {
        Map<String, Object> trained = new LinkedHashMap<>();
        try {
            if (group.get(0).training().isPresent() && !train(group.get(0), trained, stop)) {
                return;
            }
            for (Cell cell : group) {
                List<Map<String, Object>> results = new ArrayList<>();
                for (Map<String, Object> result : test(cell, stop)) {
                    results.add(placed(cell, result, trained));
                }
                files.write(cell, results);
            }
        } catch (StoppedException e) {
            // the next run goes on with this cell
        } catch (NotFiniteException e) {
            for (Cell cell : group) {
                Map<String, Object> diverged = Map.of("method", Method.PERK.key(), PROBLEM, e.getMessage());
                files.write(cell, List.of(placed(cell, diverged, trained)));
            }
        }
    }

    /** @return whether the training is finished */
    private boolean train(Cell cell, Map<String, Object> trained, BooleanSupplier stop) throws IOException {
        TrainJob job = cell.training().orElseThrow();
        String name = cell.trained().isEmpty() ? "training" : cell.trained() + ", training";
        TrainingOutcome outcome = training.run(job, true, work.part(name, trainingWeight(cell)), stop);
        trained.put("steps", outcome.steps());
        trained.put("validationLoss", outcome.bestLoss());
        trained.put("trainingSeconds", outcome.seconds());
        return outcome.finished();
    }

    private static Map<String, Object> placed(Cell cell, Map<String, Object> result, Map<String, Object> trained) {
        Map<String, Object> placed = new LinkedHashMap<>();
        placed.put("trained", cell.trained());
        placed.put("tested", cell.tested());
        placed.putAll(result);
        placed.putAll(trained);
        return placed;
    }

    /** Ends a test that is asked to stop. */
    private static final class StoppedException extends RuntimeException {

        private static final long serialVersionUID = 1;

        static void throwIf(BooleanSupplier stop) {
            if (stop.getAsBoolean()) {
                throw new StoppedException();
            }
        }
    }

    private List<Map<String, Object>> test(Cell cell, BooleanSupplier stop) throws IOException {
        StoppedException.throwIf(stop);
        Work.Part part = work.part(cell.label(), testWeight(cell));
        part.begin(cell.label(), 0, testWeight(cell));
        long[] done = {0};
        Runnable read = () -> {
            part.at(++done[0], "contexts");
            StoppedException.throwIf(stop);
        };
        List<Map<String, Object>> results = test(cell.test(), read);
        part.at(testWeight(cell), "tested");
        return results;
    }

    private List<Map<String, Object>> test(EvaluateJob job, Runnable read) throws IOException {
        if (cost.isPresent()) {
            return cost.get().measure(job, read);
        }
        List<Map<String, Object>> results = new ArrayList<>(measure(withoutPrompts(job), read));
        if (!job.ftIcr().isEmpty()) {
            try {
                results.addAll(measure(promptsAlone(job), read));
            } catch (PromptTooLongException e) {
                results.add(promptsTooLong());
            }
        }
        return results;
    }

    /** @return the result of prompts that a model can't read */
    static Map<String, Object> promptsTooLong() {
        return Map.of("method", Method.FT_ICR.key(), PROBLEM, "the prompts are longer than the model reads");
    }

    private List<Map<String, Object>> measure(EvaluateJob job, Runnable read) throws IOException {
        return evaluation.measure("", job, (method, contexts, all) -> read.run()).stream()
                .map(EvaluationResult::toJson).toList();
    }

    /** @return the test without the method whose prompts may be too long */
    private static EvaluateJob withoutPrompts(EvaluateJob job) {
        return new EvaluateJob(job.base(), job.adapter(), "", job.noContext(), job.baselines(), job.heldOut(),
                job.backend(), job.contexts(), job.names(), job.episodes(), job.first(), job.answerTokens(), job.batch(),
                job.files(), job.logs(), job.report());
    }

    /** @return the test of that method */
    private static EvaluateJob promptsAlone(EvaluateJob job) {
        return new EvaluateJob(job.base(), "", job.ftIcr(), false, Baselines.NONE, HeldOut.NONE, job.backend(),
                job.contexts(), job.names(), job.episodes(), job.first(), job.answerTokens(), job.batch(), job.files(),
                job.logs(), job.report());
    }
}
