package ${package};

import org.osgi.service.component.annotations.Component;
import org.perk4j.backend.Backend;
import org.perk4j.backend.Compute;
import org.perk4j.compute.JavaCompute;
import org.perk4j.plugin.Provides;
import org.perk4j.tensor.DType;

/**
 * What jobs pick by {@code "backend": "${type}"}, and commands by {@code --backend ${type}}. It multiplies matrices by its
 * own {@link ${className}Products}; plain Java computes everything else. For more speed, take over more operations, until
 * nothing of {@link JavaCompute} is left and this is a {@link Compute} of its own: the contract's tests stay the same.
 */
@Component
@Provides(kind = "backend", type = "${type}")
public final class ${className} implements Backend {

    @Override
    public String device() {
        return "plain Java, products on " + Runtime.getRuntime().availableProcessors() + " threads";
    }

    @Override
    public Compute open(DType dtype) {
        return new JavaCompute(dtype, new ${className}Products());
    }
}
