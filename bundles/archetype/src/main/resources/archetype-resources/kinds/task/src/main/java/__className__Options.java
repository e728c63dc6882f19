package ${package};

import org.perk4j.plugin.Option;

/** The keys that a job may set beside the type. */
public record ${className}Options(
        @Option(help = "facts in a context", value = "8") int facts,
        @Option(help = "what the episodes are drawn by", value = "1") long seed) {

    /** @throws IllegalArgumentException beginning with the key, if a value is out of range */
    public ${className}Options {
        if (facts < 1 || facts > ${className}Source.BOXES) {
            throw new IllegalArgumentException("facts must be from 1 to " + ${className}Source.BOXES);
        }
    }
}
