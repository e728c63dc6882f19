package org.perk4j.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class InputLinesTest {

    @Test
    void aByteOrderMarkIsNoPartOfTheFirstLine() throws IOException {
        InputLines lines = lines("\uFEFFWho?\r\n\uFEFFé\n\nend");
        assertEquals(new InputLines.Line(1, "Who?", true), lines.next());
        assertEquals(new InputLines.Line(2, "\uFEFFé", true), lines.next());
        assertEquals(new InputLines.Line(3, "", true), lines.next());
        assertEquals(new InputLines.Line(4, "end", true), lines.next());
        assertNull(lines.next());
    }

    @Test
    void aLineThatIsNotUtf8KeepsNoOtherFromBeingRead() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write("Gr\u00fcn?\n".getBytes(StandardCharsets.ISO_8859_1));
        bytes.write("Grün?\n".getBytes(StandardCharsets.UTF_8));
        InputLines lines = new InputLines(new ByteArrayInputStream(bytes.toByteArray()), "");
        InputLines.Line latin = lines.next();
        assertEquals(new InputLines.Line(1, "Gr\uFFFDn?", false), latin);
        assertThrows(IllegalArgumentException.class, latin::requireSound);
        assertEquals(new InputLines.Line(2, "Grün?", true), lines.next());
    }

    /** A command within a shell reads what follows its line. */
    @Test
    void othersMayReadOn() throws IOException {
        InputStream in = new ByteArrayInputStream("perk ask memory\nWho?\n".getBytes(StandardCharsets.UTF_8));
        new InputLines(in, "").next();
        assertEquals("Who?", new InputLines(in, "").next().text());
    }

    private static InputLines lines(String text) {
        return new InputLines(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), "");
    }
}
