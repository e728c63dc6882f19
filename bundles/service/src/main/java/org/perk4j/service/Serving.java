package org.perk4j.service;

import java.io.IOException;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;
import org.perk4j.inference.OpenBase;
import org.perk4j.memory.Memory;

/**
 * What is served: a base by a name, and its memories, each as {@code BASE:MEMORY}.
 *
 * @param limits gives the limits on requests that apply now
 * @param name   of the base
 */
record Serving(Settings settings, Supplier<Limits> limits, String name, OpenBases bases, Library library,
               EncodingJobs jobs, Instant since) {

    private static final String SEPARATOR = ":";

    /**
     * The base and the memory that a request is answered from: the same until this is closed, even if they are replaced.
     *
     * @param opened the base
     * @param ready  the memory; empty if the base is asked
     */
    record Asked(Shared<OpenBases.Opened> opened, Optional<ReadyMemories.Ready> ready) implements AutoCloseable {

        OpenBase base() {
            return opened.get().base();
        }

        /** @return the memory, without its tensors; empty if the base is asked */
        Optional<Memory> memory() {
            return ready.map(ReadyMemories.Ready::memory);
        }

        OpenBase.Recollection recollection() {
            return ready.map(ReadyMemories.Ready::recollection).orElseGet(() -> base().nothing());
        }

        @Override
        public void close() {
            ready.ifPresent(ReadyMemories.Ready::close);
            opened.close();
        }
    }

    /** @return the model names of a memory, or of the base if there is none */
    String model(String memory) {
        return name + SEPARATOR + memory;
    }

    /**
     * @throws ApiException                             if no such model is served
     * @throws org.perk4j.plugin.MissingPluginException if a plugin that it needs is not running
     * @throws Deadline.PassedException                 if it isn't open by then
     */
    Asked ask(String model, Deadline deadline) throws ApiException, IOException {
        boolean ofMemory = model.startsWith(name + SEPARATOR);
        String memory = ofMemory ? model.substring(name.length() + SEPARATOR.length()) : "";
        if (!model.equals(name) && library.find(memory).isEmpty()) {
            throw unknown(model);
        }
        Shared<OpenBases.Opened> opened = bases.use(deadline);
        Asked asked = null;
        try {
            Optional<ReadyMemories.Ready> ready = ofMemory ? opened.get().memories().open(memory) : Optional.empty();
            if (ofMemory && ready.isEmpty()) {
                throw unknown(model); // deleted just now
            }
            library.use(memory);
            asked = new Asked(opened, ready);
            return asked;
        } finally {
            if (asked == null) {
                opened.close();
            }
        }
    }

    private ApiException unknown(String model) {
        return ApiException.notFound("model_not_found", "the model " + model + " does not exist; there is " + name
                + ", and " + model("MEMORY") + " for each memory: GET /v1/models lists them");
    }

    /** Deletes a memory. @return whether there was one of this name */
    boolean delete(String memory) throws ApiException, SQLException {
        jobs.requireNotWritten(memory);
        return library.delete(memory).isPresent();
    }
}
