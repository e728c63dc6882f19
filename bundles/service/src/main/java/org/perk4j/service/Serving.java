package org.perk4j.service;

import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import org.perk4j.inference.OpenBase;
import org.perk4j.memory.Memory;

/**
 * What is served: a base by a name, and its memories, each as {@code BASE:MEMORY}.
 *
 * @param name of the base
 */
record Serving(Settings settings, String name, OpenBase base, Library library, EncodingJobs jobs, Instant since) {

    private static final String SEPARATOR = ":";

    /** What a request is answered from, until it is closed. */
    interface Asked extends AutoCloseable {

        /** @return the memory, without its tensors; empty if the base is asked */
        Optional<Memory> memory();

        OpenBase.Recollection recollection();

        @Override
        void close();
    }

    /** @return the model names of a memory, or of the base if there is none */
    String model(String memory) {
        return name + SEPARATOR + memory;
    }

    /** @throws ApiException if no such model is served: never is another one asked instead */
    Asked ask(String model) throws ApiException, IOException {
        if (model.equals(name)) {
            return new Asking(Optional.empty(), base.nothing(), () -> { });
        }
        if (model.startsWith(name + SEPARATOR)) {
            Optional<Library.Ready> memory = library.open(model.substring(name.length() + SEPARATOR.length()));
            if (memory.isPresent()) {
                Library.Ready ready = memory.get();
                return new Asking(Optional.of(ready.memory()), ready.recollection(), ready::close);
            }
        }
        throw ApiException.notFound("model_not_found", "the model " + model + " does not exist; there is " + name
                + ", and " + model("MEMORY") + " for each memory: GET /v1/models lists them");
    }

    private record Asking(Optional<Memory> memory, OpenBase.Recollection recollection, Runnable end) implements Asked {

        @Override
        public void close() {
            end.run();
        }
    }
}
