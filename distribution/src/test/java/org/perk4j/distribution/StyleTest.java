package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a tool can't mend: it would break lines where a person wouldn't. The rest is spotless's, in the root's pom.xml. */
class StyleTest {

    private static final int WIDTH = 125;

    @Test
    void linesAreNoWiderThanAWindow() throws IOException {
        List<String> wide = new ArrayList<>();
        int files = 0;
        for (Path file : sources()) {
            List<String> lines = Files.readAllLines(file);
            for (int i = 0; i < lines.size(); i++) {
                if (lines.get(i).codePointCount(0, lines.get(i).length()) > WIDTH) {
                    wide.add(file + ":" + (i + 1));
                }
            }
            files++;
        }
        assertTrue(files > 500, files + " files");
        assertEquals(List.of(), wide, "wider than " + WIDTH + " columns: break them");
    }

    /** What is built beside this comes and goes. */
    private static List<Path> sources() throws IOException {
        List<Path> sources = new ArrayList<>();
        for (String folder : List.of("api", "benchmarks", "bundles", "distribution", "embedded", "examples",
                "integrations", "plugins", "runtime")) {
            Files.walkFileTree(Path.of("..", folder), new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                    return directory.endsWith("target") ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    if (file.toString().matches(".*/src/(main|test)/java/.*\\.java")) {
                        sources.add(file);
                    }
                    return FileVisitResult.CONTINUE;
                }
            });
        }
        return sources;
    }
}
