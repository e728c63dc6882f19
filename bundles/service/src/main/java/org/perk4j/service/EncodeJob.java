package org.perk4j.service;

import org.perk4j.plugin.Option;

/** The document of a job that encodes a text into a memory of the service. */
record EncodeJob(
        @Option(help = "name of the memory") String name,
        @Option(help = "the text; empty if it is in a file", value = "") String text,
        @Option(help = "a UTF-8 file with the text", value = "", file = Option.File.READ) String file,
        @Option(help = "whether a memory of that name may be replaced", value = "false") boolean replace,
        @Option(help = "whether a memory that was not taken up is kept all the same", value = "false") boolean force,
        @Option(help = "whether the text is kept, so that it can be appended to", value = "true") boolean keep) {

    /** @throws IllegalArgumentException naming the key that is out of range */
    EncodeJob {
        if (text.isBlank() == file.isEmpty()) {
            throw new IllegalArgumentException("text is empty; there is nothing to remember: give a text or a file");
        }
    }
}
