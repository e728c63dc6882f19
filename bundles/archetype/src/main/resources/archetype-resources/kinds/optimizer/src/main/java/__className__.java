package ${package};

import org.osgi.service.component.annotations.Component;
import org.perk4j.optimizer.InnerOptimizer;
import org.perk4j.optimizer.OptimizerType;
import org.perk4j.plugin.Provides;

/** What jobs pick by {@code "optimizer": {"type": "${type}"}}. One instance for all who use it: it holds no state. */
@Component
@Provides(kind = "optimizer", type = "${type}")
public final class ${className} implements OptimizerType<${className}Options> {

    @Override
    public Class<${className}Options> options() {
        return ${className}Options.class;
    }

    @Override
    public InnerOptimizer create(${className}Options options) {
        return new ${className}Rule(options.momentum());
    }
}
