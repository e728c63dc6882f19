package org.perk4j.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.perk4j.formats.AtomicFiles;
import org.perk4j.formats.FileFormatException;
import org.perk4j.formats.Json;
import org.perk4j.formats.Safetensors;
import org.perk4j.formats.SafetensorsEntry;
import org.perk4j.formats.TextFile;
import org.perk4j.model.ParameterSpec;

/** The latest states of a run, each in a folder of its own, written as a whole or not at all. */
final class Checkpoints {

    private static final String NAME = "step-";
    private static final String ARRAYS = "state.safetensors";
    private static final String COUNTERS = "state.json";
    private static final String JOB = "job.json";

    private final Path folder;
    private final String job;
    private final int kept;

    /** @param job the run's job, in JSON: a run can only be resumed with the same job */
    Checkpoints(Path folder, String job, int kept) {
        this.folder = folder;
        this.job = job;
        this.kept = kept;
    }

    /** @param state the state of the run that has this folder */
    void write(TrainingState state) throws IOException {
        if (Files.isDirectory(folder)) {
            AtomicFiles.deleteLeftovers(folder, name -> true);
        }
        Path target = folder.resolve(String.format("%s%09d", NAME, state.counters().step()));
        if (Files.exists(target)) { // the state after a given number of steps is always the same
            return;
        }
        AtomicFiles.writeFolder(target, into -> {
            List<SafetensorsEntry> entries = new ArrayList<>();
            entries.addAll(state.values().matrices("value."));
            entries.addAll(state.first().matrices("first."));
            entries.addAll(state.second().matrices("second."));
            entries.addAll(state.best().matrices("best."));
            Safetensors.write(into.resolve(ARRAYS), Map.of(), entries);
            AtomicFiles.writeString(into.resolve(COUNTERS), Json.write(toJson(state.counters())));
            AtomicFiles.writeString(into.resolve(JOB), job);
        });
        List<Path> all = all();
        for (Path old : all.subList(0, Math.max(0, all.size() - kept))) {
            // a crash may leave parts, which are never read, since a newer checkpoint exists, and are deleted later
            AtomicFiles.deleteTree(old);
        }
    }

    /** @throws FileFormatException if a run can't begin in this folder, or can't resume from its content */
    void requireUsable(boolean resume) throws IOException {
        List<Path> all = all();
        if (all.isEmpty()) {
            return;
        }
        if (!resume) {
            throw new FileFormatException(folder.getParent(),
                    "already holds a run: resume it, or choose another output folder");
        }
        Path latest = all.get(all.size() - 1);
        if (!TextFile.read(latest.resolve(JOB)).equals(job)) {
            throw new FileFormatException(latest.resolve(JOB), "this run began with another job: resume it with that one, "
                    + "or choose another output folder");
        }
    }

    /** @return the latest state, or none if there is no checkpoint yet */
    Optional<TrainingState> latest(List<ParameterSpec> specs) throws IOException {
        List<Path> all = all();
        if (all.isEmpty()) {
            return Optional.empty();
        }
        Path latest = all.get(all.size() - 1);
        Path file = latest.resolve(ARRAYS);
        try (Safetensors tensors = Safetensors.open(file)) {
            return Optional.of(new TrainingState(counters(latest.resolve(COUNTERS)),
                    Variables.read(file, tensors, "value.", specs), Variables.read(file, tensors, "first.", specs),
                    Variables.read(file, tensors, "second.", specs), Variables.read(file, tensors, "best.", specs)));
        }
    }

    private List<Path> all() throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(path -> path.getFileName().toString().matches(NAME + "\\d{9}")).sorted().toList();
        }
    }

    private static Map<String, Object> toJson(TrainingState.Counters counters) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("step", counters.step());
        json.put("position", counters.position());
        json.put("updates", counters.updates());
        json.put("tokens", counters.tokens());
        json.put("seconds", counters.seconds());
        if (counters.bestStep() > 0) {
            json.put("bestStep", counters.bestStep());
            json.put("bestLoss", counters.bestLoss());
            if (Double.isFinite(counters.bestExactMatch())) {
                json.put("bestExactMatch", counters.bestExactMatch());
            }
        }
        json.put("unimproved", counters.unimproved());
        return json;
    }

    private static TrainingState.Counters counters(Path file) throws IOException {
        Map<String, Object> json = Json.readObject(file);
        return new TrainingState.Counters((long) number(file, json, "step"), (long) number(file, json, "position"),
                (long) number(file, json, "updates"), (long) number(file, json, "tokens"), number(file, json, "seconds"),
                json.containsKey("bestStep") ? (long) number(file, json, "bestStep") : 0,
                json.containsKey("bestLoss") ? number(file, json, "bestLoss") : Double.POSITIVE_INFINITY,
                json.containsKey("bestExactMatch") ? number(file, json, "bestExactMatch") : Double.NaN,
                (int) number(file, json, "unimproved"));
    }

    private static double number(Path file, Map<String, Object> json, String key) throws IOException {
        if (json.get(key) instanceof Double number) {
            return number;
        }
        throw new FileFormatException(file,
                key + ": is missing or not a number: delete this checkpoint, and an older one is used");
    }
}
