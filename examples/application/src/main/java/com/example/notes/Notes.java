package com.example.notes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.perk4j.embedded.Answer;
import org.perk4j.embedded.Base;
import org.perk4j.embedded.Perk;
import org.perk4j.embedded.Query;
import org.perk4j.memory.Memory;

/** Asks all texts of a folder: {@code Notes QUICKSTART TEXTS MEMORIES QUESTION}. */
public final class Notes {

    private final Perk perk;
    private final Base base;
    private final Path memories;

    private Notes(Perk perk, Base base, Path memories) {
        this.perk = perk;
        this.base = base;
        this.memories = memories;
    }

    public static void main(String[] arguments) throws IOException {
        Path models = Path.of(arguments[0]);
        try (Perk perk = Perk.start(); Base base = perk.base(models.resolve("base"), models.resolve("adapter"));
                Stream<Path> texts = Files.list(Path.of(arguments[1]))) {
            new Notes(perk, base, Files.createDirectories(Path.of(arguments[2]))).ask(texts.sorted().toList(), arguments[3]);
        }
    }

    private void ask(List<Path> texts, String question) throws IOException {
        Path surest = null;
        Answer best = null;
        for (Path text : texts) {
            Answer answer = base.answer(Query.of(memory(text), question).tokens(64));
            if (best == null || answer.probability() > best.probability()) {
                surest = text;
                best = answer;
            }
        }
        System.out.println(best == null ? "there are no texts" : best.text() + " (" + surest.getFileName() + ")");
    }

    /** Encoding takes seconds, reading what was encoded does not. */
    private Memory memory(Path text) throws IOException {
        Path folder = memories.resolve(text.getFileName());
        if (Files.exists(folder)) {
            return perk.load(folder);
        }
        Memory memory = base.encode(Files.readString(text));
        perk.save(memory, folder);
        return memory;
    }
}
