package org.perk4j.archetype;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class PluginProjectTest {

    private static final Path TEMPLATES = Path.of("src/main/resources/archetype-resources");

    @TempDir
    private Path folder;

    static Set<String> kinds() {
        return PluginProject.kinds();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void nothingIsLeftToFillIn(String kind) throws IOException {
        Map<String, String> files = project(kind, "my-own").files();
        assertTrue(files.keySet().containsAll(Set.of("pom.xml", "README.md", "job.json",
                "src/main/java/com/example/myown/MyOwn.java", "src/test/java/com/example/myown/MyOwnTest.java")),
                        files.keySet().toString());
        files.forEach((name, content) -> {
            assertFalse(name.contains("__"), name);
            assertFalse(content.replaceAll("\\$\\{(perk4j\\.version|project\\.build\\.outputDirectory)}", "").contains("${"),
                    name + ":\n" + content);
            assertFalse(content.contains("#set") || content.contains("#if") || content.contains("#end"), name + ":\n"
                    + content);
        });
        assertTrue(files.get("src/main/java/com/example/myown/MyOwn.java")
                .contains("@Provides(kind = \"" + kind + "\", type = \"my-own\")\npublic final class MyOwn "));
        assertTrue(files.get("pom.xml").contains("<url>file:///repository</url>"));
    }

    /** Maven looks through the folders, a bundle can't: both know each file by the descriptor. */
    @Test
    void theDescriptorNamesEveryTemplate() throws IOException {
        Set<String> named = new TreeSet<>();
        for (String kind : kinds()) {
            named.addAll(Descriptor.read().files(kind, "p").keySet());
        }
        try (Stream<Path> files = Files.walk(TEMPLATES)) {
            assertEquals(files.filter(Files::isRegularFile).map(file -> TEMPLATES.relativize(file).toString())
                    .collect(Collectors.toCollection(TreeSet::new)), named);
        }
    }

    /** Its text is what is built, by the test of what the command makes. */
    @Test
    void theTutorialGoesThroughWhatIsMade() throws IOException {
        Map<String, String> files = project("adapter", "my-ia3").files();
        Matcher shown = Pattern.compile("^`(src/[^`]*\\.java)`.*?^```java\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL)
                .matcher(Files.readString(Path.of("../../docs/plugins.md")));
        Set<String> names = new TreeSet<>();
        while (shown.find()) {
            assertEquals(files.get(shown.group(1)), shown.group(2), shown.group(1));
            names.add(shown.group(1));
        }
        assertEquals(files.keySet().stream().filter(name -> name.endsWith(".java"))
                .collect(Collectors.toCollection(TreeSet::new)),
                names);
    }

    @Test
    void aProjectIsMadeOnce() throws IOException {
        Path target = folder.resolve("deep/own");
        project("optimizer", "own").write(target);
        assertTrue(Files.readString(target.resolve("pom.xml")).startsWith("<?xml"));
        assertThrows(FileAlreadyExistsException.class, () -> project("optimizer", "own").write(target));
    }

    @ParameterizedTest
    @CsvSource({"adpater, own, there is no template for the kind \"adpater\": there are ",
        "adapter, My_Own, the type \"My_Own\" is not made of small letters"})
    void whatCantBeMadeIsSaid(String kind, String type, String message) {
        String said = assertThrows(IllegalArgumentException.class, () -> project(kind, type)).getMessage();
        assertTrue(said.startsWith(message), said);
    }

    private static PluginProject project(String kind, String type) {
        return new PluginProject(kind, type, "com.example." + type.replace("-", ""), "file:///repository", "models/gpt2");
    }
}
