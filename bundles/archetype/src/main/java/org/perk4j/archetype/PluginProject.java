package org.perk4j.archetype;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.velocity.VelocityContext;
import org.apache.velocity.app.VelocityEngine;
import org.perk4j.formats.AtomicFiles;

/**
 * A Maven project for a plugin: the files that Maven's archetype plugin makes of this artifact, from the same templates and
 * the same {@linkplain Descriptor descriptor}, without Maven.
 *
 * @param kind        such as {@code adapter}
 * @param type        what jobs will pick the plugin by
 * @param packageName of its classes; the bundle is called the same
 * @param repository  a Maven repository that has Perk4J, as a URL; {@link #ANY} if any has
 * @param base        the folder of the model that its job trains on
 */
public record PluginProject(String kind, String type, String packageName, String repository, String base) {

    /** Instead of a repository. */
    public static final String ANY = "none";

    private static final Pattern TYPE = Pattern.compile("[a-z][a-z0-9]*(-[a-z0-9]+)*");
    private static final Pattern FIRST_LETTER = Pattern.compile("(?:^|-)(\\w)");
    private static final Pattern PACKAGE = Pattern.compile("[a-z_][a-z0-9_]*(\\.[a-z_][a-z0-9_]*)*");
    private static final Pattern IN_NAME = Pattern.compile("__(\\w+?)__");

    /** @throws IllegalArgumentException naming what can't be made a project of, and what could */
    public PluginProject {
        if (!kinds().contains(kind)) {
            throw new IllegalArgumentException("there is no template for the kind \"" + kind + "\": there are "
                    + String.join(", ", kinds()));
        }
        if (!TYPE.matcher(type).matches()) {
            throw new IllegalArgumentException("the type \"" + type
                    + "\" is not made of small letters, digits and single hyphens, such as my-lora");
        }
        if (!PACKAGE.matcher(packageName).matches()) {
            throw new IllegalArgumentException("\"" + packageName
                    + "\" is no package of Java in small letters, such as com.example.lora");
        }
    }

    /** @return the kinds that there are templates for */
    public static Set<String> kinds() {
        return Descriptor.read().kinds();
    }

    /** @return {@code MyLora} for {@code my-lora} */
    private String className() {
        return FIRST_LETTER.matcher(type).replaceAll(letter -> letter.group(1).toUpperCase(Locale.ROOT));
    }

    /**
     * Writes the project, as a whole or not at all.
     *
     * @param folder a new one
     * @throws IOException naming the folder, if it is there already and not empty, or can't be written
     */
    public void write(Path folder) throws IOException {
        Map<String, String> files = files();
        AtomicFiles.writeFolder(folder, temporary -> {
            for (Map.Entry<String, String> file : files.entrySet()) {
                Path target = temporary.resolve(file.getKey());
                Files.createDirectories(target.getParent());
                Files.writeString(target, file.getValue());
            }
        });
    }

    /** @return the content of each file, by its path */
    Map<String, String> files() throws IOException {
        Map<String, Object> properties = Map.of("kind", kind, "type", type, "className", className(), "package", packageName,
                "groupId", packageName.replaceFirst("\\.\\w+$", ""), "artifactId", packageName, "version", "1.0.0",
                "perk4j", Descriptor.read().preset("perk4j"), "repository", repository, "base", base);
        VelocityEngine velocity = new VelocityEngine();
        Map<String, String> files = new TreeMap<>();
        for (Map.Entry<String, String> file : Descriptor.read().files(kind, packageName.replace('.', '/')).entrySet()) {
            StringWriter rendered = new StringWriter();
            velocity.evaluate(new VelocityContext(new HashMap<>(properties)), rendered, file.getKey(),
                    template(file.getKey()));
            files.put(IN_NAME.matcher(file.getValue()).replaceAll(name -> Matcher.quoteReplacement(
                    properties.get(name.group(1)).toString())), rendered.toString());
        }
        return files;
    }

    private static String template(String name) throws IOException {
        try (InputStream in = PluginProject.class.getResourceAsStream("/archetype-resources/" + name)) {
            if (in == null) {
                throw new IOException("there is no template " + name + ", which the archetype's descriptor names");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
