package ${package};

import org.osgi.service.component.annotations.Component;
import org.perk4j.meta.MetaObjective;
import org.perk4j.meta.ObjectiveType;
import org.perk4j.plugin.Provides;

/** What jobs pick by {@code "objective": {"type": "${type}"}}. One instance for all who use it: it holds no state. */
@Component
@Provides(kind = "objective", type = "${type}")
public final class ${className} implements ObjectiveType<${className}Options> {

    @Override
    public Class<${className}Options> options() {
        return ${className}Options.class;
    }

    @Override
    public MetaObjective create(${className}Options options) {
        return new ${className}Objective(options);
    }
}
