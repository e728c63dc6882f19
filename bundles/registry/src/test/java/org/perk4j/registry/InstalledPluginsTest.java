package org.perk4j.registry;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.apache.felix.framework.FrameworkFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceEvent;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.framework.launch.Framework;
import org.perk4j.data.TokenizerFormat;
import org.perk4j.model.ModelType;
import org.perk4j.plugin.Lease;
import org.perk4j.plugin.MissingPluginException;
import org.perk4j.plugin.Plugin;

/** In a running framework. */
class InstalledPluginsTest {

    @TempDir
    private static Path storage;

    private Framework framework;
    private PluginStates states;
    private InstalledPlugins plugins;

    @BeforeEach
    void start() throws BundleException {
        framework = new FrameworkFactory().newFramework(Map.of(
                Constants.FRAMEWORK_STORAGE, storage.toString(),
                Constants.FRAMEWORK_STORAGE_CLEAN, Constants.FRAMEWORK_STORAGE_CLEAN_ONFIRSTINIT));
        framework.start();
        states = new PluginStates(framework.getBundleContext(), null, null, null); // no bundle here announces anything
        plugins = new InstalledPlugins(framework.getBundleContext(), states, 0);
    }

    @AfterEach
    void stop() throws Exception {
        framework.stop();
        framework.waitForStop(10_000);
    }

    @Test
    void theNewestOfATypeIsLeased() {
        ModelType old = config -> null;
        ModelType replacement = config -> null;
        install("gpt2", old);
        install("llama", config -> null);
        try (Lease<ModelType> before = plugins.lease(ModelType.class, "gpt2")) {
            install("gpt2", replacement);
            assertSame(old, before.get(), "who holds a lease goes on with it");
            try (Lease<ModelType> after = plugins.lease(ModelType.class, "gpt2")) {
                assertSame(replacement, after.get());
            }
        }
    }

    @Test
    void aLeaseOutlivesItsPlugin() {
        ModelType model = config -> null;
        ServiceRegistration<ModelType> installed = install("gpt2", model);
        Lease<ModelType> lease = plugins.lease(ModelType.class, "gpt2");
        installed.unregister();
        assertSame(model, lease.get());
        assertDoesNotThrow(lease::close);
        assertThrows(IllegalArgumentException.class, () -> plugins.lease(ModelType.class, "gpt2"));
    }

    @Test
    void aClosedLeaseGivesItsPluginBack() {
        ServiceReference<ModelType> reference = install("gpt2", config -> null).getReference();
        Lease<ModelType> lease = plugins.lease(ModelType.class, "gpt2");
        assertEquals(List.of(framework), List.of(reference.getUsingBundles()));
        lease.close();
        lease.close();
        assertEquals(null, reference.getUsingBundles());
        assertThrows(IllegalStateException.class, lease::get);
    }

    @Test
    void aMissingTypeIsAnsweredWithThoseThatThereAre() {
        install("llama", config -> null);
        install("gpt2", config -> null);
        assertEquals(List.of("gpt2", "llama"), plugins.types(ModelType.class));
        MissingPluginException missing =
                assertThrows(MissingPluginException.class, () -> plugins.lease(ModelType.class, "gtp2"));
        assertEquals("no model of type \"gtp2\" is installed; there are gpt2, llama", missing.getMessage());
        assertEquals("model gtp2", missing.kind() + " " + missing.type());
        assertEquals("no tokenizer of type \"x\" is installed; none at all is: see 'perk plugins'",
                assertThrows(IllegalArgumentException.class, () -> plugins.lease(TokenizerFormat.class, "x")).getMessage());
    }

    @Test
    void theHighestVersionIsLeasedWhicheverCameLast() throws Exception {
        ModelType first = config -> null;
        register(bundle("ours", "1.0.0"), first);
        register(bundle("older", "0.0.1"), config -> null);
        register(bundle("equal", "1.0.0"), config -> null);
        assertSame(first, leased());
        ModelType higher = config -> null;
        register(bundle("higher", "1.0.1"), higher);
        assertSame(higher, leased());
    }

    @Test
    void aLeaseWaitsForAReplacement() throws Exception {
        plugins = new InstalledPlugins(framework.getBundleContext(), states, 60);
        register(bundle("old", "1.0.0"), config -> null).unregister();
        ModelType replacement = config -> null;
        Bundle bundle = bundle("new", "1.0.0");
        CompletableFuture.runAsync(() -> register(bundle, replacement),
                CompletableFuture.delayedExecutor(200, TimeUnit.MILLISECONDS));
        assertSame(replacement, leased());
    }

    /** The framework takes a service out of its registry before it tells its listeners, one after the other. */
    @Test
    void aLeaseWaitsWhileAPluginIsBeingTakenAway() throws Exception {
        CompletableFuture<CompletableFuture<ModelType>> asked = new CompletableFuture<>();
        framework.getBundleContext().addServiceListener(event -> {
            if (event.getType() == ServiceEvent.UNREGISTERING) {
                asked.complete(CompletableFuture.supplyAsync(this::leased));
                sleep(300);
            }
        });
        plugins = new InstalledPlugins(framework.getBundleContext(), states, 60);
        Bundle bundle = bundle("new", "1.0.0");
        register(bundle("old", "1.0.0"), config -> null).unregister();
        ModelType replacement = config -> null;
        register(bundle, replacement);
        assertSame(replacement, asked.get().get(1, TimeUnit.MINUTES));
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void alsoWhereALowerVersionIsThere() throws Exception {
        plugins = new InstalledPlugins(framework.getBundleContext(), states, 60);
        register(bundle("ours", "1.0.0"), config -> null);
        register(bundle("theirs", "2.0.0"), config -> null).unregister();
        ModelType replacement = config -> null;
        Bundle bundle = bundle("new", "2.0.1");
        CompletableFuture.runAsync(() -> register(bundle, replacement),
                CompletableFuture.delayedExecutor(200, TimeUnit.MILLISECONDS));
        assertSame(replacement, leased());
    }

    @Test
    void aLeaseGivesUpWhenNoneReturned() throws Exception {
        plugins = new InstalledPlugins(framework.getBundleContext(), states, 0.3);
        ModelType lower = config -> null;
        register(bundle("ours", "1.0.0"), lower);
        register(bundle("theirs", "2.0.0"), config -> null).unregister();
        assertSame(lower, leased());
    }

    @Test
    void aLeaseIsCurrentAsLongAsItsPluginWouldBePicked() throws Exception {
        ServiceRegistration<ModelType> ours = register(bundle("ours", "1.0.0"), config -> null);
        Lease<ModelType> lease = plugins.lease(ModelType.class, "gpt2");
        assertTrue(lease.isCurrent());
        register(bundle("older", "0.9.0"), config -> null);
        install("llama", config -> null).unregister();
        assertTrue(lease.isCurrent());
        ServiceRegistration<ModelType> higher = register(bundle("higher", "1.0.1"), config -> null);
        assertFalse(lease.isCurrent());
        higher.unregister();
        assertTrue(lease.isCurrent(), "the higher one went again");
        ours.unregister();
        assertFalse(lease.isCurrent());
    }

    @Test
    void aLeaseStaysCurrentForAMomentInWhichItsPluginMayComeBack() throws Exception {
        plugins = new InstalledPlugins(framework.getBundleContext(), states, 0.5);
        Bundle bundle = bundle("ours", "1.0.0");
        ServiceRegistration<ModelType> before = register(bundle, config -> null);
        register(bundle("older", "0.9.0"), config -> null);
        Lease<ModelType> lease = plugins.lease(ModelType.class, "gpt2");
        before.unregister();
        assertTrue(lease.isCurrent());
        ServiceRegistration<ModelType> after = register(bundle, config -> null);
        assertFalse(lease.isCurrent(), "it came back, as another instance");
        Lease<ModelType> next = plugins.lease(ModelType.class, "gpt2");
        after.unregister();
        assertTrue(next.isCurrent());
        sleep(600);
        assertFalse(next.isCurrent(), "it didn't come back");
    }

    @Test
    void whatNeverWasThereIsNotWaitedFor() {
        plugins = new InstalledPlugins(framework.getBundleContext(), states, 600);
        install("llama", config -> null).unregister();
        assertTimeoutPreemptively(Duration.ofSeconds(60),
                () -> assertThrows(IllegalArgumentException.class, () -> plugins.lease(ModelType.class, "gpt2")));
    }

    @Test
    void knowsWhoseAPluginIsLeased() throws Exception {
        Bundle bundle = bundle("ours", "1.0.0");
        ServiceRegistration<ModelType> registration = register(bundle, config -> null);
        assertFalse(plugins.test(bundle));
        Lease<ModelType> one = plugins.lease(ModelType.class, "gpt2");
        Lease<ModelType> two = plugins.lease(ModelType.class, "gpt2");
        registration.unregister();
        one.close();
        assertTrue(plugins.test(bundle));
        two.close();
        assertFalse(plugins.test(bundle));
    }

    @Test
    void aPluginThatIsInstalledButStoppedIsNamed() throws Exception {
        bundle("theirs", "1.0.2").stop();
        assertEquals("no model of type \"gpt2\" can be used: model gpt2 of theirs 1.0.2 is stopped",
                assertThrows(IllegalArgumentException.class, () -> plugins.lease(ModelType.class, "gpt2")).getMessage());
    }

    private ModelType leased() {
        try (Lease<ModelType> lease = plugins.lease(ModelType.class, "gpt2")) {
            return lease.get();
        }
    }

    /** That announces a model gpt2. */
    private Bundle bundle(String name, String version) throws Exception {
        Manifest manifest = new Manifest(new ByteArrayInputStream(("Manifest-Version: 1.0\nBundle-ManifestVersion: 2\n"
                + "Bundle-SymbolicName: " + name + "\nBundle-Version: " + version
                + "\nProvide-Capability: perk4j.plugin;kind=model;type=gpt2\n").getBytes(StandardCharsets.UTF_8)));
        ByteArrayOutputStream jar = new ByteArrayOutputStream();
        new JarOutputStream(jar, manifest).close();
        Bundle bundle = framework.getBundleContext().installBundle(name, new ByteArrayInputStream(jar.toByteArray()));
        bundle.start();
        return bundle;
    }

    private static ServiceRegistration<ModelType> register(Bundle bundle, ModelType service) {
        return bundle.getBundleContext()
                .registerService(ModelType.class, service, new Hashtable<>(Map.of(Plugin.TYPE, "gpt2")));
    }

    private ServiceRegistration<ModelType> install(String type, ModelType service) {
        Dictionary<String, Object> properties = new Hashtable<>(Map.of(Plugin.TYPE, type));
        return framework.getBundleContext().registerService(ModelType.class, service, properties);
    }
}
