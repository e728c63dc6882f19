package org.perk4j.formats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SentencesTest {

    @TempDir
    private Path folder;

    @Test
    void sentencesGoOnOverLinesButNotOverBlankOnes() {
        assertEquals(List.of("Mr. Darcy said nothing.", "He bowed, and left.", "A heading", "And a new paragraph?"),
                Sentences.of("Mr. Darcy said\n  nothing. He bowed, and\tleft.\n\nA heading\r\n \r\nAnd a new paragraph?\n"));
        assertEquals(List.of(), Sentences.of(" \n\n \n"));
    }

    /** Sentences of the lengths 2, 3, 1 and 9. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"5 | ab cde,f,ghijklmno", "6 | ab cde f,ghijklmno", "1 | ab,cde,f,ghijklmno",
        "99 | ab cde f ghijklmno"})
    void piecesHoldAsManyWholeSentencesAsFit(int most, String pieces) {
        assertEquals(List.of(pieces.split(",")),
                Sentences.joined(List.of("ab", "cde", "f", "ghijklmno"), most, String::length));
    }

    @Test
    void aFileIsReadOrNamed() throws IOException {
        assertEquals(List.of("One.", "Two."), Sentences.read(Files.writeString(folder.resolve("two.txt"), "One. Two.\n")));
        Path blank = Files.writeString(folder.resolve("blank.txt"), "\n");
        assertEquals(blank + ": there is no text in it: name a file with sentences",
                assertThrows(IllegalArgumentException.class, () -> Sentences.read(blank)).getMessage());
    }
}
