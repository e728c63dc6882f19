package ${package};

import java.util.List;
import org.perk4j.model.Site;
import org.perk4j.plugin.Option;

/** The keys that a job may set beside the type. */
public record ${className}Options(
        @Option(help = "the layers to adapt, by the ends of their names, such as c_attn; [] for all", value = "[]")
        List<String> targets) {

    public ${className}Options {
        targets = List.copyOf(targets);
    }

    /** @throws IllegalArgumentException beginning with the key, if no layer is meant */
    List<Site> choose(List<Site> sites) {
        List<Site> chosen = sites.stream().filter(site -> targets.isEmpty()
                || targets.stream().anyMatch(target -> ("." + site.name()).endsWith("." + target))).toList();
        if (chosen.isEmpty()) {
            throw new IllegalArgumentException("targets: no layer's name ends in any of " + targets + "; there are "
                    + sites.stream().map(site -> site.name().replaceFirst(".*\\.", "")).distinct().toList());
        }
        return chosen;
    }
}
