package org.perk4j.evaluation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.perk4j.inference.BaseModel;
import org.perk4j.inference.Memories;
import org.perk4j.inference.OpenBase;
import org.perk4j.inference.TrainedAdapter;
import org.perk4j.memory.MemoryStore;

/**
 * Opens the methods that a job asks for.
 *
 * @param store stores and loads memories, if contexts go through files
 */
record MethodsOfJob(EvaluateJob job, Memories memories, MemoryStore store) {

    /** Opens a method. */
    @FunctionalInterface
    interface Opening {
        Answering open() throws IOException;
    }

    /** @return the job's methods, in the order of {@link Method} */
    List<Opening> all() {
        Baselines others = job.baselines();
        List<Opening> all = new ArrayList<>();
        if (!job.adapter().isEmpty()) {
            all.add(() -> trained(Method.PERK, job.adapter()));
        }
        if (!others.reckoning().isEmpty()) {
            all.add(() -> trained(Method.RECKONING, others.reckoning()));
        }
        if (others.fineTuning().steps() > 0) {
            all.add(this::fineTuned);
        }
        prompts().forEach((method, prompting) -> all.add(() -> prompted(method, prompting)));
        return all;
    }

    /** Makes a method's prompts. */
    @FunctionalInterface
    interface Prompts {
        Prompting of(BaseModel base);
    }

    /** @return the methods that answer from prompts */
    Map<Method, Prompts> prompts() {
        Baselines others = job.baselines();
        Map<Method, Prompts> prompts = new LinkedHashMap<>();
        if (!job.ftIcr().isEmpty()) {
            prompts.put(Method.FT_ICR, Prompting::inContext);
        }
        if (others.zeroShot()) {
            prompts.put(Method.ZERO_SHOT, Prompting::zeroShot);
        }
        if (others.retrieved() > 0) {
            prompts.put(Method.RETRIEVAL, base -> Prompting.retrieved(base, others.retrieved()));
        }
        if (job.noContext()) {
            prompts.put(Method.NO_CONTEXT, Prompting::withoutContext);
        }
        return prompts;
    }

    /** @return the files of the model that answers */
    BaseModel base(Method method) throws IOException {
        return memories.base(Path.of(method == Method.FT_ICR ? job.ftIcr() : job.base()));
    }

    private Answering prompted(Method method, Prompts prompts) throws IOException {
        OpenBase model = memories.open(base(method), job.backend());
        // One context at a time where prompts share nearly all their tokens: a common beginning is read once.
        boolean shared = method == Method.FT_ICR || method == Method.ZERO_SHOT;
        return new FromPrompt(method, model, shared ? 1 : job.batch(), prompts.of(model.base()));
    }

    private Answering trained(Method method, String folder) throws IOException {
        TrainedAdapter trained = TrainedAdapter.open(Path.of(folder));
        FromMemory direct = remembering(method, model -> model.writer(trained), Optional.empty());
        return job.files().isEmpty() ? direct : new FromMemory.ThroughFiles(direct, store, Path.of(job.files()));
    }

    private Answering fineTuned() throws IOException {
        FineTuning tuning = job.baselines().fineTuning();
        TrainedAdapter.Manifest fresh = tuning.like(TrainedAdapter.open(Path.of(job.adapter())).manifest());
        return remembering(Method.FINE_TUNED, model -> model.untrained(fresh, tuning.seed()), Optional.of(Prompting::talk));
    }

    @FunctionalInterface
    private interface Writing {
        OpenBase.Writer writer(OpenBase model) throws IOException;
    }

    private FromMemory remembering(Method method, Writing writing, Optional<Prompts> asking) throws IOException {
        OpenBase model = memories.open(base(method), job.backend());
        try {
            return new FromMemory(method, model, writing.writer(model), job.batch(),
                    asking.map(prompts -> prompts.of(model.base())));
        } catch (IOException | RuntimeException e) {
            model.close();
            throw e;
        }
    }
}
