package org.perk4j.distribution;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.backend.Backend;
import org.perk4j.backend.Compute;
import org.perk4j.backend.MemoryUsage;
import org.perk4j.formats.Options;
import org.perk4j.plugin.Lease;
import org.perk4j.plugin.Plugins;
import org.perk4j.tensor.DType;
import org.perk4j.training.MetaTraining;
import org.perk4j.training.Progress;
import org.perk4j.training.TrainJob;

/** Runs a job, inside the framework, and tells of each step which bytes were live after it, and the peak so far. */
final class WatchedTraining implements Function<Path, List<long[]>> {

    private final BundleContext context = FrameworkUtil.getBundle(WatchedTraining.class).getBundleContext();

    @Override
    public List<long[]> apply(Path job) {
        WatchedPlugins plugins = new WatchedPlugins(service(Plugins.class));
        Steps steps = new Steps(plugins);
        try {
            new MetaTraining(plugins, service(Autodiff.class))
                    .run(Options.read(job, TrainJob.class), false, steps, () -> false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return steps.bytes;
    }

    private <T> T service(Class<T> type) {
        return context.getService(context.getServiceReference(type));
    }

    /** The installed plugins, with an eye on what the backend opens. */
    private static final class WatchedPlugins implements Plugins {

        private final Plugins installed;
        private Compute opened;

        WatchedPlugins(Plugins installed) {
            this.installed = installed;
        }

        @Override
        public <T> Lease<T> lease(Class<T> kind, String type) {
            Lease<T> lease = installed.lease(kind, type);
            return kind == Backend.class ? new WatchedLease<>(kind, lease, this) : lease;
        }

        @Override
        public List<String> types(Class<?> kind) {
            return installed.types(kind);
        }
    }

    /** Of a backend. */
    private record WatchedLease<T>(Class<T> kind, Lease<T> lease, WatchedPlugins plugins) implements Lease<T>, Backend {

        @Override
        public T get() {
            return kind.cast(this);
        }

        @Override
        public String device() {
            return ((Backend) lease.get()).device();
        }

        @Override
        public Compute open(DType type) {
            plugins.opened = ((Backend) lease.get()).open(type);
            return plugins.opened;
        }

        @Override
        public String bundle() {
            return lease.bundle();
        }

        @Override
        public void close() {
            lease.close();
        }
    }

    /** Notes the memory after each step. */
    private record Steps(WatchedPlugins plugins, List<long[]> bytes) implements Progress {

        Steps(WatchedPlugins plugins) {
            this(plugins, new ArrayList<>());
        }

        @Override
        public void begin(String task, long done, long total) {
            // only steps count
        }

        @Override
        public void at(long done, String detail) {
            MemoryUsage memory = plugins.opened.memory();
            bytes.add(new long[] {memory.liveBytes(), memory.peakBytes()});
        }

        @Override
        public void end() {
            // only steps count
        }
    }
}
