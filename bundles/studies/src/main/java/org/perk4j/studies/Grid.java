package org.perk4j.studies;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.perk4j.evaluation.Baselines;
import org.perk4j.evaluation.EvaluateJob;
import org.perk4j.evaluation.HeldOut;
import org.perk4j.formats.Json;
import org.perk4j.formats.JsonValue;
import org.perk4j.formats.Options;
import org.perk4j.formats.PluginChoice;
import org.perk4j.plugin.Plugin;
import org.perk4j.training.TrainJob;

/** Makes the cells of a study out of its job: each is the job's training and test, with the changes of variants. */
final class Grid {

    private static final String STAGES = "stages";
    private static final String TASK = "task";
    private static final String OUTPUT = "output";

    private final Study study;
    private final StudyJob job;
    /** With all its keys; empty if there is an adapter already. */
    private final Optional<JsonValue> training;
    private final JsonValue task;

    private Grid(Study study, StudyJob job) throws IOException {
        this.study = study;
        this.job = job;
        if (study.trainsEach() && !job.adapter().isEmpty()) {
            throw new IllegalArgumentException("adapter: this study trains adapters of its own: say how by train");
        }
        this.training = job.adapter().isEmpty() ? Optional.of(training(job)) : Optional.empty();
        JsonValue trained = training.map(Grid::lastTask).orElse(Changes.NONE);
        this.task = Changes.apply(job.test(), trained);
        if (Changes.type(task) == null) {
            throw new IllegalArgumentException(job.test().place().describe("the key \"type\" is missing: name the task"));
        }
    }

    /**
     * @return the cells of all trainings, one after another
     * @throws IllegalArgumentException naming the place, if a training or a test can't be made
     */
    static List<Cell> of(Study study, StudyJob job) throws IOException {
        return new Grid(study, job).cells();
    }

    private static JsonValue training(StudyJob job) throws IOException {
        JsonValue whole = Changes.with(job.train(), "base", JsonValue.of(job.base()));
        whole = Changes.with(whole, "backend",
                Changes.with(job.backend().options(), Plugin.TYPE, JsonValue.of(job.backend().type())));
        whole = Changes.with(whole, OUTPUT, JsonValue.of(job.output()));
        TrainJob training = Options.bind(whole, TrainJob.class);
        if (training.stages().stream().anyMatch(stage -> !stage.sources().isEmpty())) {
            throw new IllegalArgumentException(job.train().place().describe("a study varies the task of each stage: name "
                    + "one there, instead of sources"));
        }
        return Json.parse(Json.writeLine(training));
    }

    private static JsonValue lastTask(JsonValue training) {
        List<JsonValue> stages = training.members().get(STAGES).elements();
        return stages.get(stages.size() - 1).members().get(TASK);
    }

    private List<Cell> cells() throws IOException {
        List<Variant> variants = job.variants().isEmpty() ? study.variants(Changes.type(task)) : job.variants();
        List<Cell> cells = new ArrayList<>();
        if (!study.trainsEach()) {
            requireSameTraining(variants);
            Optional<TrainJob> same = training.map(all -> training(all, "adapter"));
            variants.forEach(tested -> cells.add(cell(tested.fileName(), "", tested, same)));
            return cells;
        }
        for (Variant trained : variants) {
            Optional<TrainJob> own = training.map(all -> training(changed(all, trained), trained.fileName()));
            if (study.crosses()) {
                variants.forEach(tested -> cells.add(
                        cell(trained.fileName() + "--" + tested.fileName(), trained.name(), tested, own)));
            } else {
                cells.add(cell(trained.fileName(), trained.name(), trained, own));
            }
        }
        return cells;
    }

    private void requireSameTraining(List<Variant> variants) {
        variants.stream().filter(variant -> !variant.train().members().isEmpty()).findFirst().ifPresent(variant -> {
            throw new IllegalArgumentException(variant.train().place().describe("all variants of this study have the same "
                    + "adapter: remove it"));
        });
    }

    private static JsonValue changed(JsonValue training, Variant variant) {
        JsonValue changed = Changes.apply(variant.train(), training);
        List<JsonValue> stages = changed.members().get(STAGES).elements().stream()
                .map(stage -> Changes.with(stage, TASK, Changes.apply(variant.task(), stage.members().get(TASK)))).toList();
        return Changes.with(changed, STAGES, new JsonValue(stages, changed.place()));
    }

    private TrainJob training(JsonValue training, String name) {
        String folder = Path.of(job.output()).resolve("trained").resolve(name).toString();
        return Options.bind(Changes.with(training, OUTPUT, JsonValue.of(folder)), TrainJob.class);
    }

    private record Chosen(PluginChoice task) {
    }

    private Cell cell(String name, String trained, Variant tested, Optional<TrainJob> training) {
        JsonValue known = Changes.apply(tested.test(), Changes.apply(tested.task(), task));
        List<JsonValue> tasks = new ArrayList<>(List.of(known));
        if (study != Study.INFERENCE && !job.unseen().members().isEmpty()
                && Changes.type(job.unseen()).equals(Changes.type(known))) {
            tasks.add(Changes.apply(job.unseen(), known));
        }
        List<PluginChoice> contexts = tasks.stream()
                .map(each -> Options.bind(Changes.with(Changes.NONE, TASK, each), Chosen.class).task()).toList();
        List<String> names = contexts.size() == 1 ? List.of() : List.of("known values", "unseen values");
        EvaluateJob test = new EvaluateJob(job.base(), training.map(TrainJob::output).orElse(job.adapter()), job.ftIcr(),
                job.noContext(), Baselines.NONE, HeldOut.NONE, job.backend(), contexts, names, job.episodes(), 0,
                job.answerTokens(), job.batch(), "", List.of(), "");
        return new Cell(name, trained, tested.name(), training, test);
    }
}
