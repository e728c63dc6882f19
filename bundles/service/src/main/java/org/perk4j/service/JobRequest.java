package org.perk4j.service;

import java.io.IOException;
import org.perk4j.formats.Json;
import org.perk4j.formats.JsonValue;
import org.perk4j.formats.Options;
import org.perk4j.plugin.Option;

/** A job as it is submitted: by HTTP, or as a file in the folder {@code jobs/}. */
record JobRequest(
        @Option(help = "what is to be done") JobKind kind,
        @Option(help = "what people call it", value = "") String name,
        @Option(help = "the document that the command of that kind reads") JsonValue job) {

    private static final int LONGEST_NAME = 100;

    /** @throws IllegalArgumentException naming the key that is out of range */
    JobRequest {
        if (name.length() > LONGEST_NAME) {
            throw new IllegalArgumentException("name must have at most " + LONGEST_NAME + " characters");
        }
    }

    /**
     * @throws IOException              if the text isn't JSON
     * @throws IllegalArgumentException naming the key that is missing, unknown or wrong
     */
    static JobRequest of(String text) throws IOException {
        return Options.bind(Json.parse(text), JobRequest.class);
    }

    JobRequest named(String other) {
        return name.isEmpty() ? new JobRequest(kind, other, job) : this;
    }
}
