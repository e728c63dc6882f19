package org.perk4j.inference;

import java.io.IOException;
import java.nio.file.Path;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.formats.PluginChoice;
import org.perk4j.plugin.Plugins;

/** Opens base models, to encode texts and to answer from memories: see {@link OpenBase}. A service; thread-safe. */
@Component(service = Memories.class)
public final class Memories {

    private final Plugins plugins;
    private final Autodiff autodiff;

    /** @param plugins provides models, adapters and backends */
    @Activate
    public Memories(@Reference Plugins plugins, @Reference Autodiff autodiff) {
        this.plugins = plugins;
        this.autodiff = autodiff;
    }

    /**
     * Opens a base's files, but not its weights, for what can be checked before these are read.
     *
     * @throws IOException naming file, place and remedy, if the folder doesn't hold a valid model that a plugin supports
     */
    public BaseModel base(Path folder) throws IOException {
        return BaseModel.open(folder, plugins);
    }

    /**
     * Reads a base's weights.
     *
     * @param base    closed with the result, or if opening fails
     * @param weights their type in memory
     * @param backend the backend to compute with
     * @throws IllegalArgumentException naming the place, if the backend is not installed or given options
     */
    public OpenBase open(BaseModel base, WeightType weights, PluginChoice backend) throws IOException {
        return new OpenBase(MemoryModel.open(base, weights, backend, plugins, autodiff));
    }

    /** Like {@link #open(BaseModel, WeightType, PluginChoice)}, with a backend that may still be loading. */
    public OpenBase open(BaseModel base, WeightType weights, UpcomingBackend backend) throws IOException {
        try {
            backend.await();
        } catch (RuntimeException | Error e) {
            base.close();
            throw e;
        }
        return open(base, weights, backend.choice());
    }

    /** Begins to load a backend, for bases that are opened meanwhile. */
    public UpcomingBackend upcoming(PluginChoice backend) {
        return new UpcomingBackend(backend, plugins);
    }

    /** Like {@link #open(BaseModel, WeightType, PluginChoice)}, with weights as they are stored. */
    public OpenBase open(BaseModel base, PluginChoice backend) throws IOException {
        return open(base, WeightType.STORED, backend);
    }
}
