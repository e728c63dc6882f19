package org.perk4j.backend.nd4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativesTest {

    @TempDir
    private Path cache;

    @Test
    void whatAKilledProcessLeftHalfUnpackedGoesAndWhatIsBeingUnpackedStays() throws IOException {
        Instant earlier = Instant.now().minus(2, ChronoUnit.DAYS);
        for (String name : new String[] {"unfinished-1", "openblas-1.0"}) {
            Path old = Files.createDirectory(cache.resolve(name));
            Files.writeString(old.resolve("lib.so"), "half");
            Files.setLastModifiedTime(old, FileTime.from(earlier));
        }
        Files.createDirectory(cache.resolve("unfinished-2"));
        Natives.deleteAbandoned(cache);
        assertArrayEquals(new String[] {"openblas-1.0", "unfinished-2"},
                Stream.of(cache.toFile().list()).sorted().toArray());
    }

    @Test
    void itsPlaceIsByTheRulesOfXdg() {
        Path home = Path.of("/h/.cache");
        assertEquals(Path.of("/c"), Natives.base(Map.of("XDG_CACHE_HOME", "/c"), "/h"));
        assertEquals(home, Natives.base(Map.of("XDG_CACHE_HOME", ""), "/h"));
        assertEquals(home, Natives.base(Map.of("XDG_CACHE_HOME", "relative"), "/h"));
        assertEquals(home, Natives.base(Map.of(), "/h"));
    }
}
