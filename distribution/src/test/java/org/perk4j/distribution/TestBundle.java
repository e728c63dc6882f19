package org.perk4j.distribution;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/** A bundle made while a test runs. */
final class TestBundle {

    private final Manifest manifest = new Manifest();
    private final Map<String, byte[]> entries = new LinkedHashMap<>();

    TestBundle(String symbolicName) {
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        header("Bundle-ManifestVersion", "2").header("Bundle-SymbolicName", symbolicName);
    }

    TestBundle header(String name, String value) {
        manifest.getMainAttributes().putValue(name, value);
        return this;
    }

    /** Adds a class of the test's and those within it, which will be wired to what is exported where it is installed. */
    TestBundle code(Class<?> code) throws IOException {
        for (Class<?> within : code.getDeclaredClasses()) {
            code(within);
        }
        return copy(code).header("DynamicImport-Package", "*");
    }

    /** Adds a class of the test's or of its class path as it is, in the bundle itself. */
    TestBundle copy(Class<?> code) throws IOException {
        String path = code.getName().replace('.', '/') + ".class";
        try (InputStream in = code.getClassLoader().getResourceAsStream(path)) {
            entries.put(path, in.readAllBytes());
        }
        return this;
    }

    /** Adds a component, a {@code Runnable} of type {@code other}, with further elements of its description. */
    TestBundle component(Class<? extends Runnable> code, String elements) throws IOException {
        return component(code.getName(), Runnable.class, "other", "", elements).code(code);
    }

    /** Adds a component's description, with further attributes and elements. */
    TestBundle component(String implementation, Class<?> service, String type, String attributes, String elements) {
        String path = "OSGI-INF/component" + entries.size() + ".xml";
        entries.put(path, ("""
                <component xmlns="http://www.osgi.org/xmlns/scr/v1.3.0" name="%1$s" %4$s>
                  <implementation class="%1$s"/>
                  <service scope="prototype"><provide interface="%2$s"/></service>
                  <property name="type" value="%3$s"/>
                  %5$s
                </component>
                """).formatted(implementation, service.getName(), type, attributes, elements)
                .getBytes(StandardCharsets.UTF_8));
        String before = manifest.getMainAttributes().getValue("Service-Component");
        return header("Service-Component", before == null ? path : before + "," + path);
    }

    byte[] jar() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JarOutputStream jar = new JarOutputStream(bytes, manifest)) {
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                jar.putNextEntry(new JarEntry(entry.getKey()));
                jar.write(entry.getValue());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e); // into memory
        }
        return bytes.toByteArray();
    }
}
