package org.perk4j.plugins;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import org.apache.felix.framework.FrameworkFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.framework.launch.Framework;
import org.perk4j.data.TokenizerFormat;
import org.perk4j.model.ModelType;
import org.perk4j.plugin.Lease;
import org.perk4j.plugin.Plugin;

/** In a running framework. */
class InstalledPluginsTest {

    @TempDir
    private static Path storage;

    private Framework framework;
    private InstalledPlugins plugins;

    @BeforeEach
    void start() throws BundleException {
        framework = new FrameworkFactory().newFramework(Map.of(
                Constants.FRAMEWORK_STORAGE, storage.toString(),
                Constants.FRAMEWORK_STORAGE_CLEAN, Constants.FRAMEWORK_STORAGE_CLEAN_ONFIRSTINIT));
        framework.start();
        plugins = new InstalledPlugins(framework.getBundleContext());
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
        assertEquals("no model of type \"gtp2\" is installed; there are gpt2, llama",
                assertThrows(IllegalArgumentException.class, () -> plugins.lease(ModelType.class, "gtp2")).getMessage());
        assertEquals("no tokenizer of type \"x\" is installed; none at all is: see 'perk plugins'",
                assertThrows(IllegalArgumentException.class, () -> plugins.lease(TokenizerFormat.class, "x")).getMessage());
    }

    private ServiceRegistration<ModelType> install(String type, ModelType service) {
        Dictionary<String, Object> properties = new Hashtable<>(Map.of(Plugin.TYPE, type));
        return framework.getBundleContext().registerService(ModelType.class, service, properties);
    }
}
