package org.perk4j.backend.java;

import org.osgi.service.component.annotations.Component;
import org.perk4j.backend.Backend;
import org.perk4j.backend.Compute;
import org.perk4j.compute.JavaCompute;
import org.perk4j.plugin.Provides;
import org.perk4j.tensor.DType;

/** The backend that needs nothing but Java. */
@Component
@Provides(kind = "backend", type = "java")
public final class JavaBackend implements Backend {

    @Override
    public String device() {
        return "plain Java, one thread";
    }

    @Override
    public Compute open(DType dtype) {
        return new JavaCompute(dtype);
    }
}
