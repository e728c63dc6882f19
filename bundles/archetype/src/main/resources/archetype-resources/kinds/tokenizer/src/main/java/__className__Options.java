package ${package};

import java.util.HashSet;
import java.util.List;
import org.perk4j.plugin.Option;

/** The keys that a job or {@code config.json} may set beside the type. */
public record ${className}Options(
        @Option(help = "texts that are a token each, beside the 256 bytes", value = "[]") List<String> pieces) {

    /** @throws IllegalArgumentException beginning with the key, if a value is out of range */
    public ${className}Options {
        pieces = List.copyOf(pieces);
        if (pieces.contains("") || new HashSet<>(pieces).size() < pieces.size()) {
            throw new IllegalArgumentException("pieces must not be empty, and each must be another");
        }
    }
}
