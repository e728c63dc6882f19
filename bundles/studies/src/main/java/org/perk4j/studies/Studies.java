package org.perk4j.studies;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.perk4j.evaluation.Evaluation;
import org.perk4j.evaluation.Figure;
import org.perk4j.evaluation.Report;
import org.perk4j.evaluation.TrainingCurve;
import org.perk4j.formats.AtomicFiles;
import org.perk4j.formats.Json;
import org.perk4j.formats.OutputPlace;
import org.perk4j.inference.BaseModel;
import org.perk4j.inference.Leases;
import org.perk4j.inference.Memories;
import org.perk4j.inference.Recipe;
import org.perk4j.inference.Task;
import org.perk4j.inference.TrainedAdapter;
import org.perk4j.plugin.Plugins;
import org.perk4j.training.MetaTraining;
import org.perk4j.training.Progress;
import org.perk4j.training.TrainJob;

/**
 * Runs studies: trains and tests the cells of a grid, and compares them in a report. Results are kept in a file for each
 * cell, so that a study which was stopped, in any way, goes on where it was. A service; thread-safe.
 */
@Component(service = Studies.class)
public final class Studies {

    private final MetaTraining training;
    private final Evaluation evaluation;
    private final Memories memories;
    private final Plugins plugins;

    /** @param plugins provides what jobs pick */
    @Activate
    public Studies(@Reference MetaTraining training, @Reference Evaluation evaluation, @Reference Memories memories,
            @Reference Plugins plugins) {
        this.training = training;
        this.evaluation = evaluation;
        this.memories = memories;
        this.plugins = plugins;
    }

    /**
     * How a study ended.
     *
     * @param finished whether all cells are computed, rather than some and the rest to be computed by running it again
     * @param cells    the number of its cells
     * @param results  of each cell and method, as JSON: what was {@code trained}, {@code tested}, and the numbers
     * @param figures  these results as figures
     * @param report   the file of the report; null if there are no results yet
     */
    public record Outcome(boolean finished, int cells, List<Map<String, Object>> results, List<Figure> figures,
                          Path report) {
    }

    /**
     * @return the cells of a study, for people
     * @throws IllegalArgumentException naming the place, if a cell can't be made
     */
    public List<String> cells(Study study, StudyJob job) throws IOException {
        return Grid.of(study, job).stream().map(Cell::label).toList();
    }

    /**
     * Runs a study, except for cells whose results are there already. What can be known to be wrong with any of them is
     * reported before the first one is computed.
     *
     * @param stop polled after each step of a training and each context of a test: whether to leave off
     * @throws IOException              naming file, place and remedy, if something can't be read or written
     * @throws IllegalArgumentException naming the key, if the job can't be run
     */
    public Outcome run(Study study, StudyJob job, Progress progress, BooleanSupplier stop) throws IOException {
        List<Cell> cells = Grid.of(study, job);
        Path output = Path.of(job.output());
        try (OutputPlace place = OutputPlace.within(output)) {
            CellFiles files = new CellFiles(output.resolve("cells"), check(job, cells));
            AtomicFiles.writeString(output.resolve("job.json"), Json.write(job));
            List<List<Cell>> left = left(cells, files);
            if (!left.isEmpty()) {
                Work work = new Work(name(study), weight(left), progress);
                Optional<InferenceCost> cost = Optional.of(new InferenceCost(memories, plugins))
                        .filter(measures -> study == Study.INFERENCE);
                CellComputing computing = new CellComputing(training, evaluation, cost, files, work);
                try {
                    new GridRun((group, leaveOff) -> {
                        computing.compute(group, leaveOff);
                        write(study, job, cells, files);
                    }, stop).run(left, cost.isPresent() ? 1 : job.parallel());
                } finally {
                    progress.end();
                }
            }
            return write(study, job, cells, files);
        }
    }

    private static String name(Study study) {
        return study.name().toLowerCase(Locale.ROOT);
    }

    private static long weight(List<List<Cell>> groups) {
        return groups.stream().mapToLong(group -> CellComputing.trainingWeight(group.get(0))
                + group.stream().mapToLong(CellComputing::testWeight).sum()).sum();
    }

    /** @return the groups of the cells that have no results yet */
    private static List<List<Cell>> left(List<Cell> cells, CellFiles files) throws IOException {
        List<Cell> left = new ArrayList<>();
        for (Cell cell : cells) {
            if (files.read(cell).isEmpty()) {
                left.add(cell);
            }
        }
        return groups(left);
    }

    /** @return the cells by their training; those of an adapter that is there already each for itself */
    private static List<List<Cell>> groups(List<Cell> cells) {
        Map<Object, List<Cell>> groups = new LinkedHashMap<>();
        cells.forEach(cell -> groups.computeIfAbsent(cell.training().<Object>map(TrainJob::output).orElse(cell),
                key -> new ArrayList<>()).add(cell));
        return List.copyOf(groups.values());
    }

    /**
     * Opens all that is picked by the cells' jobs.
     *
     * @return fingerprints of what they read
     */
    private List<String> check(StudyJob job, List<Cell> cells) throws IOException {
        try (BaseModel base = memories.base(Path.of(job.base())); Leases leases = new Leases()) {
            for (Cell cell : cells) {
                cell.test().contexts().forEach(task -> Task.open(task, base.tokenizer(), plugins, leases));
                cell.training().ifPresent(train -> {
                    train.stages().forEach(stage -> Task.open(stage.task(), base.tokenizer(), plugins, leases));
                    new Recipe(train.adapter(), train.optimizer(), train.objective()).open(base.model(), plugins, leases);
                });
            }
            List<String> inputs = new ArrayList<>(List.of(base.fingerprint()));
            if (!job.adapter().isEmpty()) {
                TrainedAdapter adapter = TrainedAdapter.open(Path.of(job.adapter()));
                adapter.requireBase(base);
                inputs.add(adapter.fingerprint());
            }
            return inputs;
        }
    }

    /** Writes the report of what there is. */
    private synchronized Outcome write(Study study, StudyJob job, List<Cell> cells, CellFiles files) throws IOException {
        List<Map<String, Object>> results = new ArrayList<>();
        int computed = 0;
        for (Cell cell : cells) {
            Optional<List<Map<String, Object>>> own = files.read(cell);
            computed += own.isPresent() ? 1 : 0;
            own.ifPresent(results::addAll);
        }
        boolean finished = computed == cells.size();
        if (results.isEmpty()) {
            return new Outcome(finished, cells.size(), results, List.of(), null);
        }
        List<Figure> figures = Figures.of(study, results);
        Path report = Path.of(job.output()).resolve("report.html");
        String about = study.about() + (finished ? "" : " This page shows " + computed + " of " + cells.size()
                + " cells: the study goes on when it is run again.");
        Report.writeFigures(report, "Perk4J study: " + name(study), about, figures, curves(cells));
        return new Outcome(finished, cells.size(), results, figures, report);
    }

    private static List<TrainingCurve> curves(List<Cell> cells) throws IOException {
        List<TrainingCurve> curves = new ArrayList<>();
        for (List<Cell> group : groups(cells)) {
            Optional<Path> log = group.get(0).training().map(job -> Path.of(job.output()).resolve("log.jsonl"));
            if (log.isPresent() && Files.exists(log.get())) {
                curves.add(TrainingCurve.read(group.get(0).trained(), log.get()));
            }
        }
        return curves;
    }
}
