package org.perk4j.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.apache.felix.framework.FrameworkFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.hooks.resolver.ResolverHookFactory;
import org.osgi.framework.launch.Framework;

/** In a running framework. */
class RequirementsTest {

    @TempDir
    private Path storage;

    private Framework framework;
    private Requirements requirements;

    @BeforeEach
    void start() throws Exception {
        framework = new FrameworkFactory().newFramework(Map.of(Constants.FRAMEWORK_STORAGE, storage.toString()));
        framework.start();
        requirements = new Requirements(framework.getBundleContext());
        framework.getBundleContext().registerService(ResolverHookFactory.class, requirements, null);
        install("api", "Export-Package", "org.perk4j.fake;version=\"0.2.3\",com.example.library;version=\"1.4\"").start();
    }

    @AfterEach
    void stop() throws Exception {
        framework.stop();
        framework.waitForStop(10_000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[0.2,0.3)", "[0.2,1)", "0.2", "0.2.3", "0"})
    void whatWasBuiltForThisVersionResolves(String range) throws Exception {
        Bundle bundle = install("plugin", "Import-Package", "org.perk4j.fake;version=\"" + range + "\"");
        bundle.start();
        assertEquals(Bundle.ACTIVE, bundle.getState());
        assertEquals(List.of(), requirements.missing(bundle));
    }

    /** The first is what bnd makes of 0.1 unless it is told otherwise. */
    @ParameterizedTest
    @ValueSource(strings = {"[0.1,1)", "[0.1,0.2)", "0.1"})
    void whatWasBuiltForAnEarlierVersionDoesNot(String range) throws Exception {
        Bundle bundle = install("plugin", "Import-Package", "org.perk4j.fake;version=\"" + range + "\"");
        assertThrows(BundleException.class, bundle::start);
        assertEquals(List.of("it was built for another version of Perk4J, for org.perk4j.fake 0.1 instead of 0.2: "
                + "build it again with this version, or get one that was"), requirements.missing(bundle));
    }

    @Test
    void packagesOfOthersHaveTheVersionsThatTheManifestSays() throws Exception {
        Bundle bundle = install("plugin", "Import-Package", "com.example.library;version=\"[1.1,2)\"");
        bundle.start();
        assertEquals(List.of(), requirements.missing(bundle));
        assertEquals(List.of("it needs the package com.example.library from 2.0.0 on, below 3.0.0, but api has 1.4.0: "
                + "install a bundle of a suitable version"),
                requirements.missing(install("other", "Import-Package", "com.example.library;version=\"[2,3)\"")));
    }

    @Test
    void whatNobodyHasIsNamed() throws Exception {
        assertEquals(List.of(
                "nothing here provides the package com.example.absent: also install a bundle that exports it",
                "nothing here provides com.example.licence (level=2)"),
                requirements.missing(install("plugin", "Import-Package",
                        "com.example.absent,com.example.more;resolution:=optional",
                        "Require-Capability", "com.example.licence;filter:=\"(level=2)\"")));
    }

    @Test
    void theBundleThatWouldHaveItIsNamedWithWhatItLacks() throws Exception {
        install("middle", "Export-Package", "com.example.middle", "Import-Package", "com.example.absent");
        Bundle bundle = install("plugin", "Import-Package", "com.example.middle");
        assertThrows(BundleException.class, bundle::start);
        assertEquals(List.of(
                "it needs middle 1.0.0, which can't be used: nothing here provides the package com.example.absent: "
                + "also install a bundle that exports it"), requirements.missing(bundle));
    }

    @Test
    void twoThatNeedEachOtherAreNoCircle() throws Exception {
        install("one", "Export-Package", "com.example.one", "Import-Package", "com.example.two,com.example.absent");
        Bundle two = install("two", "Export-Package", "com.example.two", "Import-Package", "com.example.one");
        assertEquals(1, requirements.missing(two).size(), requirements.missing(two).toString());
    }

    @Test
    void aNewerJavaIsNamed() throws Exception {
        assertEquals(List.of("it was compiled for Java 99, but this is " + Runtime.version().feature()
                + ": compile it with --release "
                + Runtime.version().feature() + ", or run Perk4J on a newer Java"), requirements.missing(install("plugin",
                        "Require-Capability", "osgi.ee;filter:=\"(&(osgi.ee=JavaSE)(version=99))\"")));
    }

    private Bundle install(String name, String... headers) throws Exception {
        Manifest manifest = new Manifest();
        Attributes attributes = manifest.getMainAttributes();
        attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        attributes.putValue("Bundle-ManifestVersion", "2");
        attributes.putValue("Bundle-SymbolicName", name);
        attributes.putValue("Bundle-Version", "1.0.0");
        for (int i = 0; i < headers.length; i += 2) {
            attributes.putValue(headers[i], headers[i + 1]);
        }
        ByteArrayOutputStream jar = new ByteArrayOutputStream();
        new JarOutputStream(jar, manifest).close();
        return framework.getBundleContext().installBundle(name, new ByteArrayInputStream(jar.toByteArray()));
    }
}
