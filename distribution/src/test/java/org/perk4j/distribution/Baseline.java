package org.perk4j.distribution;

import aQute.bnd.differ.DiffPluginImpl;
import aQute.bnd.service.diff.Delta;
import aQute.bnd.service.diff.Diff;
import aQute.bnd.service.diff.Tree;
import aQute.bnd.service.diff.Type;
import aQute.bnd.version.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a bundle exports, as bnd sees it: every type and member that others can use, with what it means to them if it is
 * added or removed. Kept as text, a line for each, so that there is something to compare with while nothing is released.
 *
 * @param api bnd's tree of the exported packages
 */
record Baseline(Tree api) {

    private static final String INDENT = "  ";

    /** @return what a jar exports */
    static Baseline of(Path jar) throws Exception {
        return new Baseline(new DiffPluginImpl().tree(jar.toFile()).get("<api>"));
    }

    /** @return what {@link #write} wrote */
    static Baseline read(Path file) throws Exception {
        Deque<Tree.Data> path = new ArrayDeque<>();
        Tree.Data root = null;
        for (String line : Files.readAllLines(file)) {
            int depth = (line.length() - line.stripLeading().length()) / INDENT.length();
            String[] words = line.stripLeading().split(" ", 4); // a constant's name may be empty
            Tree.Data data = new Tree.Data();
            data.type = Type.valueOf(words[0]);
            data.add = Delta.valueOf(words[1]);
            data.rem = Delta.valueOf(words[2]);
            data.name = words[3];
            data.children = new Tree.Data[0];
            while (path.size() > depth) {
                path.pop();
            }
            if (path.isEmpty()) {
                root = data;
            } else {
                Tree.Data parent = path.peek();
                parent.children = Stream.concat(Arrays.stream(parent.children), Stream.of(data)).toArray(Tree.Data[]::new);
            }
            path.push(data);
        }
        return new Baseline(new DiffPluginImpl().deserialize(root));
    }

    void write(Path file) throws IOException {
        List<String> lines = new ArrayList<>();
        write(api.serialize(), "", lines);
        Files.createDirectories(file.getParent());
        Files.write(file, lines);
    }

    private static void write(Tree.Data data, String indent, List<String> lines) {
        lines.add(indent + data.type + " " + data.add + " " + data.rem + " " + data.name);
        Arrays.stream(data.children).forEach(child -> write(child, indent + INDENT, lines));
    }

    /**
     * @param now what is exported now
     * @return for each package that changed and kept its version what changed, and which version it must have
     */
    List<String> violations(Baseline now) {
        List<String> violations = new ArrayList<>();
        for (Diff changed : now.api.diff(api).getChildren()) {
            if (changed.getType() != Type.PACKAGE || changed.getOlder() == null || changed.getNewer() == null) {
                continue; // a package that is new, or gone, is nothing that somebody could be wired to by mistake
            }
            Version before = version(changed.getOlder());
            Version least = least(before, changed.getDelta());
            if (version(changed.getNewer()).compareTo(least) < 0) {
                violations.add(changed.getName() + " " + version(changed.getNewer()) + " must be " + least
                        + " at least (in its"
                        + " package-info.java), since this changed: " + changes(changed));
            }
        }
        return violations;
    }

    /** While a version begins with 0, its second number says what the first says later. */
    private static Version least(Version before, Delta delta) {
        return switch (delta) {
            case MAJOR, REMOVED -> before.getMajor() == 0 ? new Version(0, before.getMinor() + 1, 0)
                    : new Version(before.getMajor() + 1, 0, 0);
            case MINOR, ADDED -> new Version(before.getMajor(), before.getMinor() + 1, 0);
            default -> before;
        };
    }

    private static Version version(Tree exported) {
        return Arrays.stream(exported.getChildren()).filter(child -> child.getType() == Type.VERSION).findFirst()
                .map(child -> Version.parseVersion(child.getName())).orElse(Version.emptyVersion);
    }

    private static String changes(Diff changed) {
        return changed.getChildren().stream()
                .filter(type -> type.getDelta() != Delta.UNCHANGED && type.getDelta() != Delta.IGNORED)
                .map(type -> type.getName().replaceFirst(".*\\.", "") + type.getChildren().stream()
                        .filter(member -> member.getDelta() != Delta.UNCHANGED && member.getDelta() != Delta.IGNORED)
                        .map(member -> member.getDelta() + " " + member.getName())
                        .collect(Collectors.joining(", ", " (", ")")))
                .collect(Collectors.joining(", "));
    }
}
