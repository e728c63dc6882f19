package org.perk4j.embedded.inside;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.perk4j.backend.Backend;
import org.perk4j.embedded.Base;
import org.perk4j.embedded.Bases;
import org.perk4j.formats.PluginChoice;
import org.perk4j.inference.BaseModel;
import org.perk4j.inference.Memories;
import org.perk4j.inference.OpenBase;
import org.perk4j.inference.TrainedAdapter;
import org.perk4j.plugin.Plugins;

/** Opens bases by {@link Memories}. */
@Component
public final class OpenedBases implements Bases {

    private static final String USUAL = "nd4j";
    private static final String EVERYWHERE = "java";

    private final Memories memories;
    private final Plugins plugins;
    private final Set<OpenedBase> open = ConcurrentHashMap.newKeySet();

    /** Called by Declarative Services. */
    @Activate
    public OpenedBases(@Reference Memories memories, @Reference Plugins plugins) {
        this.memories = memories;
        this.plugins = plugins;
    }

    @Override
    public Base open(Path folder, Path adapter, String backend) throws IOException {
        Optional<TrainedAdapter> trained = adapter == null ? Optional.empty() : Optional.of(TrainedAdapter.open(adapter));
        OpenBase base = memories.open(model(folder, trained),
                PluginChoice.of(backend == null ? usual() : backend, Map.of()));
        try {
            OpenedBase opened = new OpenedBase(base, trained, open::remove);
            open.add(opened);
            return opened;
        } catch (IOException | RuntimeException e) {
            base.close();
            throw e;
        }
    }

    /** Closes the bases that are still open. */
    @Deactivate
    void close() {
        open.forEach(OpenedBase::close);
    }

    /** @throws IOException if the adapter was trained with another base, which is checked before the weights are read */
    private BaseModel model(Path folder, Optional<TrainedAdapter> trained) throws IOException {
        BaseModel model = memories.base(folder);
        try {
            if (trained.isPresent()) {
                trained.get().requireBase(model);
            }
            return model;
        } catch (IOException | RuntimeException e) {
            model.close();
            throw e;
        }
    }

    private String usual() {
        return plugins.types(Backend.class).contains(USUAL) ? USUAL : EVERYWHERE;
    }
}
