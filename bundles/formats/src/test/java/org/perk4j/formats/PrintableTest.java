package org.perk4j.formats;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class PrintableTest {

    private static final String HOSTILE = "a\u001b[31mb\u0007\rc\u009bd\u007f\te\nperk: f";

    @Test
    void aLineActsOnNothing() {
        assertEquals("a\\u001b[31mb\\u0007\\u000dc\\u009bd\\u007f\\u0009e\\nperk: f", Printable.line(HOSTILE));
        assertEquals("Größe 東京 שלום \uD83D\uDE00", Printable.line("Größe 東京 שלום \uD83D\uDE00"));
    }

    @Test
    void aWriterLeavesLinesAndTabs() throws IOException {
        StringWriter out = new StringWriter();
        try (PrintWriter writer = new PrintWriter(Printable.writer(out))) {
            writer.print(HOSTILE);
            writer.print('\u001b');
            writer.write("xx\u001bé\uD83D\uDE00yy", 2, 4);
        }
        assertEquals("a\\u001b[31mb\\u0007\\u000dc\\u009bd\\u007f\te\nperk: f\\u001b\\u001bé\uD83D\uDE00", out.toString());
    }

    @Test
    void aMessageNamesAFileInOneLine() {
        assertEquals("evil\\nperk: all is well: not a file", new FileFormatException(Path.of("evil\nperk: all is well"),
                "not a file").getMessage());
    }
}
