package com.example.shelves;

import org.perk4j.plugin.Option;

/** The keys that a job may set beside the type. */
public record ShelvesOptions(
        @Option(help = "shelves in a context", value = "8") int shelves,
        @Option(help = "what the episodes are drawn by", value = "1") long seed) {

    /** @throws IllegalArgumentException beginning with the key, if a value is out of range */
    public ShelvesOptions {
        if (shelves < 1 || shelves > ShelvesSource.NUMBERS) {
            throw new IllegalArgumentException("shelves must be from 1 to " + ShelvesSource.NUMBERS);
        }
    }
}
