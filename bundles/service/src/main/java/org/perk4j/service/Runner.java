package org.perk4j.service;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.perk4j.evaluation.EvaluateJob;
import org.perk4j.evaluation.Evaluation;
import org.perk4j.evaluation.EvaluationResult;
import org.perk4j.formats.AtomicFiles;
import org.perk4j.formats.Json;
import org.perk4j.formats.JsonValue;
import org.perk4j.formats.Options;
import org.perk4j.formats.PluginChoice;
import org.perk4j.plugin.MissingPluginException;
import org.perk4j.registry.PluginStates;
import org.perk4j.training.LanguageTraining;
import org.perk4j.training.MetaTraining;
import org.perk4j.training.PretrainJob;
import org.perk4j.training.Progress;
import org.perk4j.training.TrainJob;

/**
 * Runs jobs as the commands {@code train}, {@code pretrain} and {@code evaluate} do. Base, backend and adapter are those of
 * the service if a job's document names no others.
 */
final class Runner {

    /** The file with the results of an evaluation, in its output folder. */
    static final String RESULTS = "results.json";
    /** The log of a training, in its output folder. */
    static final String LOG = "log.jsonl";

    private static final String BASE = "base";
    private static final String ADAPTER = "adapter";

    private final Trainings trainings;
    private final PluginStates states;
    private final Path data;
    private final Supplier<Defaults> defaults;

    /** The services that run jobs. */
    record Trainings(MetaTraining meta, LanguageTraining language, Evaluation evaluation) {
    }

    /** What a job uses that names nothing else. */
    record Defaults(Path base, Path adapter, PluginChoice backend) {
    }

    /** @param data the service's folder, against which names of files are resolved */
    Runner(Trainings trainings, PluginStates states, Path data, Supplier<Defaults> defaults) {
        this.trainings = trainings;
        this.states = states;
        this.data = data.toAbsolutePath().normalize();
        this.defaults = defaults;
    }

    /** The job was stopped. */
    private static final class StoppedException extends RuntimeException {

        private static final long serialVersionUID = 1;
    }

    /**
     * @param output where it writes
     * @param remote whether it comes by HTTP
     * @return the job's document as a record
     * @throws IllegalArgumentException naming the key that is missing, unknown or wrong
     */
    Record document(JobRequest request, Path output, boolean remote) {
        Class<? extends Record> type = request.kind().document();
        JsonValue resolved = new JobPaths(data, output, !remote, this::options).resolved(request.job(), type);
        return Options.bind(completed(request.kind(), resolved), type);
    }

    /** @return the options of all plugins of a type */
    private List<Class<? extends Record>> options(String type) {
        return states.all().stream().filter(plugin -> type.equals(plugin.type()))
                .<Class<? extends Record>>flatMap(plugin -> states.options(plugin).stream()).toList();
    }

    /** @return whether a missing plugin is installed, so that its name isn't wrong */
    boolean isInstalled(MissingPluginException missing) {
        return states.all().stream()
                .anyMatch(plugin -> missing.kind().equals(plugin.kind()) && missing.type().equals(plugin.type()));
    }

    private JsonValue completed(JobKind kind, JsonValue document) {
        if (document.members() == null || kind == JobKind.ENCODE) {
            return document;
        }
        Map<String, JsonValue> members = new LinkedHashMap<>(document.members());
        Defaults usual = defaults.get();
        if (kind != JobKind.PRETRAIN) {
            members.putIfAbsent(BASE, JsonValue.of(usual.base().toString()));
        }
        if (kind == JobKind.EVALUATE && !members.containsKey("ftIcr")) {
            members.putIfAbsent(ADAPTER, JsonValue.of(usual.adapter().toString()));
        }
        members.putIfAbsent("backend", JsonValue.of(backend(usual.backend())));
        return new JsonValue(members, document.place());
    }

    private static Map<String, Object> backend(PluginChoice choice) {
        Map<String, Object> members = new LinkedHashMap<>(Map.of("type", choice.type()));
        choice.options().members().forEach((key, option) -> members.put(key, option.plain()));
        return members;
    }

    /**
     * Runs a job, from its last checkpoint if there is one.
     *
     * @param output where it writes
     * @param stop   asked regularly whether to save and stop
     * @return whether it was completed
     */
    boolean run(Record document, Path output, Progress progress, BooleanSupplier stop) throws IOException {
        if (document instanceof TrainJob job) {
            return trainings.meta().run(job, true, progress, stop).finished();
        }
        if (document instanceof PretrainJob job) {
            return trainings.language().run(job, true, progress, stop).finished();
        }
        try {
            evaluate((EvaluateJob) document, output, progress, stop);
            return true;
        } catch (StoppedException e) {
            return false;
        }
    }

    private void evaluate(EvaluateJob job, Path output, Progress progress, BooleanSupplier stop) throws IOException {
        boolean[] begun = {false};
        List<EvaluationResult> results = trainings.evaluation().measure("Perk4J evaluation", job, (method, done, total) -> {
            if (stop.getAsBoolean()) {
                throw new StoppedException();
            }
            if (!begun[0]) {
                progress.begin("evaluate", done, total);
                begun[0] = true;
            }
            progress.at(done, method.title());
        });
        AtomicFiles.writeString(output.resolve(RESULTS), Json.write(EvaluationResult.toJson(results,
                job.report().isEmpty() ? null : Path.of(job.report()))));
    }
}
