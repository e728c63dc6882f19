package ${package};

import org.perk4j.plugin.Option;

/** The keys that a job may set beside the type. */
public record ${className}Options(
        @Option(help = "share of the last direction that the next one keeps, from 0 to below 1",
                value = "0.9") double momentum) {

    /** @throws IllegalArgumentException beginning with the key, if a value is out of range */
    public ${className}Options {
        if (!(momentum >= 0 && momentum < 1)) {
            throw new IllegalArgumentException("momentum must be at least 0 and below 1");
        }
    }
}
