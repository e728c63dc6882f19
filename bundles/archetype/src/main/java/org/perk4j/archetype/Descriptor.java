package org.perk4j.archetype;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/**
 * Which files a project consists of: Maven's {@code archetype-metadata.xml}. Those of a kind lie in {@code kinds/<kind>},
 * the others are every kind's. Each is named, as a bundle can't look through its own folders.
 */
final class Descriptor {

    private static final String FILE = "/META-INF/maven/archetype-metadata.xml";
    private static final Pattern OF_KIND = Pattern.compile("kinds/(\\w+)(?:/(.*))?");

    private final List<Element> fileSets;
    private final List<Element> properties;

    private Descriptor(Document document) {
        fileSets = elements(document.getDocumentElement(), "fileSet");
        properties = elements(document.getDocumentElement(), "requiredProperty");
    }

    static Descriptor read() {
        try (InputStream in = Descriptor.class.getResourceAsStream(FILE)) {
            return new Descriptor(DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(in));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (ParserConfigurationException | SAXException e) {
            throw new IllegalStateException(FILE + ": " + e.getMessage(), e);
        }
    }

    private static List<Element> elements(Element within, String name) {
        NodeList nodes = within.getElementsByTagName(name);
        List<Element> elements = new ArrayList<>();
        for (int i = 0; i < nodes.getLength(); i++) {
            elements.add((Element) nodes.item(i));
        }
        return elements;
    }

    /** @return the kinds of plugins that there are templates for */
    Set<String> kinds() {
        Set<String> kinds = new TreeSet<>();
        for (Element fileSet : fileSets) {
            Matcher kind = OF_KIND.matcher(directory(fileSet));
            if (kind.matches()) {
                kinds.add(kind.group(1));
            }
        }
        return kinds;
    }

    /** @return by the name of each template of a kind the path of the file that becomes of it */
    Map<String, String> files(String kind, String packageFolder) {
        Map<String, String> files = new TreeMap<>(Map.of("pom.xml", "pom.xml")); // which Maven knows without being told
        for (Element fileSet : fileSets) {
            String directory = directory(fileSet);
            Matcher ofKind = OF_KIND.matcher(directory);
            if (ofKind.matches() && !ofKind.group(1).equals(kind)) {
                continue;
            }
            String target = !ofKind.matches() ? directory : ofKind.group(2) == null ? "" : ofKind.group(2);
            String folder = target + (fileSet.getAttribute("packaged").equals("true") ? "/" + packageFolder : "");
            for (Element include : elements(fileSet, "include")) {
                String name = include.getTextContent().strip();
                files.put(directory.isEmpty() ? name : directory + "/" + name,
                        folder.isEmpty() ? name : folder + "/" + name);
            }
        }
        return files;
    }

    /** @return the value of a property that nobody sets */
    String preset(String key) {
        Element property = properties.stream().filter(element -> element.getAttribute("key").equals(key)).findFirst()
                .orElseThrow();
        return elements(property, "defaultValue").get(0).getTextContent();
    }

    private static String directory(Element fileSet) {
        return elements(fileSet, "directory").get(0).getTextContent().strip();
    }
}
