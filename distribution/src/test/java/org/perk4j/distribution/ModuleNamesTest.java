package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPathConstants;
import javax.xml.xpath.XPathFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.w3c.dom.NodeList;

/** Who knows a plugin's kind and type knows its folder, artifact and package; and no bundle is built on a plugin. */
class ModuleNamesTest {

    static List<Path> plugins() throws Exception {
        return modules("plugins");
    }

    static List<Path> bundles() throws Exception {
        return modules("bundles");
    }

    /** Packages have no hyphens: {@code plugins/task-student-records} is {@code org.perk4j.task.studentrecords}. */
    @ParameterizedTest
    @MethodSource("plugins")
    void aPluginsFolderArtifactAndPackageAreItsKindAndType(Path plugin) throws Exception {
        String[] words = plugin.getFileName().toString().split("-", 2);
        String name = "org.perk4j." + words[0] + "." + words[1].replace("-", "");
        assertEquals(name, artifact(plugin));
        assertEquals(List.of(), sourcesOutside(name, plugin));
    }

    @ParameterizedTest
    @MethodSource("bundles")
    void aBundlesFolderArtifactAndPackageAreTheSameWords(Path bundle) throws Exception {
        String name = artifact(bundle);
        assertEquals(("org.perk4j." + bundle.getFileName()).replaceAll("[.-]", ""), name.replace(".", ""));
        assertEquals(List.of(), sourcesOutside(name, bundle));
    }

    /** Their tests may, to run with real ones. */
    @ParameterizedTest
    @MethodSource("bundles")
    void aBundleDoesNotDependOnPlugins(Path bundle) throws Exception {
        List<String> dependencies = texts(bundle, "/project/dependencies/dependency[not(scope = 'test')]/artifactId");
        assertNotEquals(List.of(), dependencies);
        for (Path plugin : plugins()) {
            assertTrue(!dependencies.contains(artifact(plugin)), bundle + " depends on " + plugin);
        }
    }

    private static List<Path> modules(String folder) throws Exception {
        List<Path> modules = texts(Path.of(".."), "/project/modules/module").stream()
                .filter(module -> module.startsWith(folder + "/")).map(module -> Path.of("..", module)).toList();
        assertNotEquals(List.of(), modules);
        return modules;
    }

    private static String artifact(Path module) throws Exception {
        return texts(module, "/project/artifactId").get(0);
    }

    private static List<Path> sourcesOutside(String name, Path module) throws Exception {
        Path java = module.resolve("src/main/java");
        Path expected = java.resolve(name.replace('.', '/'));
        try (Stream<Path> files = Files.walk(java)) {
            return files.filter(Files::isRegularFile).filter(file -> !file.startsWith(expected)).toList();
        }
    }

    private static List<String> texts(Path module, String xpath) throws Exception {
        NodeList found = (NodeList) XPathFactory.newInstance().newXPath().evaluate(xpath,
                DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(module.resolve("pom.xml").toFile()),
                XPathConstants.NODESET);
        return IntStream.range(0, found.getLength()).mapToObj(i -> found.item(i).getTextContent()).toList();
    }
}
