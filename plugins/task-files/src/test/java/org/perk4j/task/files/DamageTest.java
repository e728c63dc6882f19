package org.perk4j.task.files;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perk4j.data.TaskSource;
import org.perk4j.data.TaskSource.Split;

/** Files of every layout, damaged at random: each is read, or refused by name and in one line, and nothing else happens. */
class DamageTest {

    private static final int FILES = 400;

    /** What stands where something else should. */
    private static final List<String> PIECES = List.of("null", "[]", "{}", "\"\"", "-1", "1e99", "true", "\"", ",", "\n",
            "]", "}", "\u001b[31m", "\u0000", "[[", "{\"", "99999999999", "...");

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"hotpot_train_v1.1.json", "hotpot_rows.jsonl", "train-v1.1.json", "dev-v2.0.json",
        "squad_rows.jsonl", "web-train.json", "trivia_rows.jsonl", "ruler_niah.jsonl", "babilong_0k.json", "records.csv",
        "nested.json"})
    void isReadOrRefused(String name) throws IOException {
        String whole;
        try (InputStream sample = DamageTest.class.getResourceAsStream("/layouts/" + name)) {
            whole = new String(sample.readAllBytes(), StandardCharsets.UTF_8);
        }
        SplittableRandom random = new SplittableRandom(name.hashCode());
        int refused = 0;
        for (int i = 0; i < FILES; i++) {
            Path file = Files.writeString(folder.resolve(name), damaged(whole, random));
            Columns columns = name.equals("records.csv") ? new Columns("passage", "q", "gold", "evidence")
                    : name.equals("nested.json") ? new Columns("doc.pages", "ask", "gold", "why")
                    : new Columns("", "", "", "");
            try {
                TaskSource source = new TaskFiles().create(new TaskFilesOptions(List.of(), 0, 0, 0, List.of(file.toString()),
                        List.of(), List.of(), 1, columns), null);
                LongStream.range(0, source.episodes(Split.TRAIN).getAsLong()).forEach(n -> source.episode(Split.TRAIN, n));
            } catch (IllegalArgumentException e) {
                String message = e.getMessage();
                assertTrue(message.startsWith(file + ": ") && message.chars().noneMatch(Character::isISOControl), message);
                refused++;
            }
        }
        assertTrue(refused > FILES / 10, refused + " refused");
    }

    /** @return the text with a piece of it replaced: where a value begins, or anywhere */
    private static String damaged(String whole, SplittableRandom random) {
        int start = random.nextInt(whole.length());
        if (random.nextBoolean()) {
            start = Math.max(whole.indexOf(": ", start) + 2, 0);
            if (start < 2) {
                start = random.nextInt(whole.length());
            }
        }
        int end = Math.min(whole.length(), start + random.nextInt(12));
        return whole.substring(0, start) + PIECES.get(random.nextInt(PIECES.size())) + whole.substring(end);
    }
}
