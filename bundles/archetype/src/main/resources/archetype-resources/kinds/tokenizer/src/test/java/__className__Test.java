package ${package};

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.data.TokenizerFormat;
import org.perk4j.tck.TokenizerContract;

/** What every tokenizer must do: see there. And what this one does. */
class ${className}Test extends TokenizerContract {

    @TempDir
    private Path folder; // where a model's files would be

    @Override
    protected TokenizerFormat<?> format() {
        return new ${className}();
    }

    @Override
    protected Path folder() {
        return folder;
    }

    @Override
    protected Map<String, ?> options() {
        return Map.of("pieces", List.of("cat", " has", "Ann"));
    }

    @Override
    protected List<String> specials() {
        return List.of("<|endoftext|>"); // however it is written, it is text
    }

    @Test
    void theLongestPieceIsTaken() {
        assertArrayEquals(new int[] {258, 's', 257, 'c', 0xC3, 0xA4},
                new ${className}Tokenizer(List.of("cat", "cats up")).encode("cats upscatc\u00e4"));
    }

    @Test
    void aPieceThatIsNothingIsRefused() {
        String message = assertThrows(IllegalArgumentException.class, () -> new ${className}Options(List.of("a", "")))
                .getMessage();
        assertTrue(message.startsWith("pieces "), message);
    }
}
