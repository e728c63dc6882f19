package ${package};

import org.osgi.service.component.annotations.Component;
import org.perk4j.data.TaskSource;
import org.perk4j.data.TaskType;
import org.perk4j.data.Tokenizer;
import org.perk4j.plugin.Provides;

/** What jobs pick by {@code "task": {"type": "${type}"}}. One instance for all who use it: it holds no state. */
@Component
@Provides(kind = "task", type = "${type}")
public final class ${className} implements TaskType<${className}Options> {

    @Override
    public Class<${className}Options> options() {
        return ${className}Options.class;
    }

    @Override
    public TaskSource create(${className}Options options, Tokenizer tokenizer) {
        return new ${className}Source(options);
    }
}
