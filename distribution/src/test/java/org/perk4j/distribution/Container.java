package org.perk4j.distribution;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.wiring.FrameworkWiring;
import org.perk4j.runtime.Installation;
import org.perk4j.runtime.Platform;

/** The distribution, running in the process of the test: to look into it, and to run code of the test inside. */
final class Container implements AutoCloseable {

    private static final AtomicInteger COUNT = new AtomicInteger();

    private final Platform platform;

    /** @param storage an empty folder for the framework */
    Container(Path storage) throws Exception {
        this(Perk.INSTALLATION, storage);
    }

    /** Starts another installation. */
    Container(Path installation, Path storage) throws Exception {
        platform = Platform.start(new Installation(installation), storage);
    }

    BundleContext context() {
        return platform.context();
    }

    Bundle bundle(String symbolicName) {
        return Arrays.stream(context().getBundles()).filter(bundle -> symbolicName.equals(bundle.getSymbolicName()))
                .findFirst().orElseThrow(() -> new AssertionError("no bundle " + symbolicName));
    }

    /**
     * Loads a class of the test's into a new bundle, where it is wired to the bundles that are there now, not to the class
     * path of the test. The two sides have only the JDK in common: hence interfaces like
     * {@link java.util.function.Supplier}.
     *
     * @param code a class with a constructor without parameters, that needs no class of the test's but those within it
     * @param type what it implements
     */
    <T> T inside(Class<? extends T> code, Class<T> type) throws Exception {
        String name = "test" + COUNT.incrementAndGet();
        Bundle bundle = context().installBundle(name, new ByteArrayInputStream(new TestBundle(name).code(code).jar()));
        bundle.start();
        var constructor = bundle.loadClass(code.getName()).getDeclaredConstructor();
        constructor.setAccessible(true);
        return type.cast(constructor.newInstance());
    }

    /** Replaces a bundle by itself: all its classes are new, and whoever used it is wired to them. */
    void update(Bundle bundle) throws Exception {
        try (InputStream in = Files.newInputStream(Path.of(URI.create(
                bundle.getLocation().replaceFirst("^reference:", ""))))) {
            bundle.update(in);
        }
        CountDownLatch refreshed = new CountDownLatch(1);
        context().getBundle(0).adapt(FrameworkWiring.class).refreshBundles(null, event -> refreshed.countDown());
        refreshed.await();
    }

    @Override
    public void close() {
        platform.close();
    }
}
