package org.perk4j.inference;

import org.perk4j.backend.Backend;
import org.perk4j.backend.Compute;
import org.perk4j.formats.Options;
import org.perk4j.formats.PluginChoice;
import org.perk4j.plugin.NoOptions;
import org.perk4j.plugin.Plugins;
import org.perk4j.tensor.DType;

/** Opens the computation that a job picks. */
public final class Device {

    private Device() {
    }

    /**
     * @param backend the backend, as picked by a job
     * @param leases  close the computation, then release the backend
     * @return a new computation in single precision
     * @throws IllegalArgumentException naming the place, if the backend is not installed, or if it is given options, which
     *                                  no backend has
     */
    public static Compute open(PluginChoice backend, Plugins plugins, Leases leases) {
        Options.bind(backend, NoOptions.class);
        return leases.add(leases.add(plugins.lease(Backend.class, backend.type())).get().open(DType.FLOAT32));
    }
}
