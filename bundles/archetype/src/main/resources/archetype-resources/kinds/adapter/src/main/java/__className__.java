package ${package};

import org.osgi.service.component.annotations.Component;
import org.perk4j.adapter.Adapter;
import org.perk4j.adapter.AdapterType;
import org.perk4j.model.Model;
import org.perk4j.plugin.Provides;

/** What jobs pick by {@code "adapter": {"type": "${type}"}}. One instance for all who use it: it holds no state. */
@Component
@Provides(kind = "adapter", type = "${type}")
public final class ${className} implements AdapterType<${className}Options> {

    @Override
    public Class<${className}Options> options() {
        return ${className}Options.class;
    }

    @Override
    public Adapter create(${className}Options options, Model model) {
        return new ${className}Adapter(options.choose(model.sites()));
    }
}
