package org.perk4j.adapter.norms;

import java.util.List;
import org.perk4j.peft.Modules;
import org.perk4j.plugin.Option;

/** The options of tuning norms. */
public record NormsOptions(
        @Option(help = "the norms to adapt, by the ends of their names, such as ln_f; [] for all",
                value = "[]") List<String> targetModules) {

    /** Copies the list. */
    public NormsOptions {
        targetModules = List.copyOf(targetModules);
    }

    boolean means(String module) {
        return targetModules.isEmpty() || Modules.isNamedAny(module, targetModules);
    }
}
