package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPathConstants;
import javax.xml.xpath.XPathFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.NodeList;

/** What Maven Central asks of a POM: that of each artifact says, or inherits from the root, all of it. */
class PublishedPomsTest {

    private static final Path ROOT = Path.of("..");

    private static final List<String> INHERITED = List.of("/project/url", "/project/licenses/license/name",
            "/project/licenses/license/url", "/project/developers/developer/name", "/project/scm/connection",
            "/project/scm/developerConnection", "/project/scm/url");

    @Test
    void theRootSaysWhatAllInherit() throws Exception {
        for (String element : INHERITED) {
            assertNotEquals(List.of(), texts(ROOT, element), element);
        }
    }

    @Test
    void eachSaysWhatItIs() throws Exception {
        for (Path module : published()) {
            for (String element : List.of("/project/name", "/project/description")) {
                assertEquals(1, texts(module, element).size(), module + ": " + element);
            }
        }
    }

    /** A snapshot isn't accepted, and of others only what Maven Central has itself. */
    @Test
    void noneDependsOnASnapshotOfOthers() throws Exception {
        for (Path module : published()) {
            for (String version : texts(module, "//dependency[groupId != 'org.perk4j']/version")) {
                assertFalse(version.endsWith("-SNAPSHOT"), module + ": " + version);
            }
            assertEquals(List.of(), texts(module, "//repositories/repository/url"), module.toString());
        }
    }

    @Test
    void theBomListsEachOfThem() throws Exception {
        Set<String> artifacts = new TreeSet<>();
        for (Path module : published()) {
            artifacts.add(texts(module, "/project/artifactId").get(0));
        }
        artifacts.remove("perk4j-bom");
        assertEquals(artifacts, new TreeSet<>(texts(ROOT.resolve("bom"),
                "/project/dependencyManagement/dependencies/dependency/artifactId")));
    }

    private static List<Path> published() throws Exception {
        List<String> left = texts(ROOT, "//excludeArtifacts/excludeArtifact");
        List<Path> published = new ArrayList<>();
        for (String name : texts(ROOT, "/project/modules/module")) {
            Path module = ROOT.resolve(name);
            if (!left.contains(texts(module, "/project/artifactId").get(0))) {
                published.add(module);
            }
        }
        assertEquals(texts(ROOT, "/project/modules/module").size() - left.size(), published.size(), left.toString());
        return published;
    }

    private static List<String> texts(Path module, String xpath) throws Exception {
        NodeList found = (NodeList) XPathFactory.newInstance().newXPath().evaluate(xpath,
                DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(module.resolve("pom.xml").toFile()),
                XPathConstants.NODESET);
        return IntStream.range(0, found.getLength()).mapToObj(i -> found.item(i).getTextContent()).toList();
    }
}
