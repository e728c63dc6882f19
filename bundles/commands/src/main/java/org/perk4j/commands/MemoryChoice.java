package org.perk4j.commands;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.perk4j.formats.Printable;
import org.perk4j.inference.BaseModel;
import org.perk4j.inference.MemoryModel.Weighted;
import org.perk4j.memory.MemoryStore;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** The memory that a command reads with, or several at once, and their base. Mixed into such commands. */
final class MemoryChoice {

    @Parameters(index = "0", paramLabel = "MEMORY",
            description = "A folder written by 'perk encode', or an adapter saved by PEFT.")
    private Path memory;

    @Option(names = "--weight", paramLabel = "W", defaultValue = "1", converter = OptionValues.Finite.class,
            description = "A factor on MEMORY's changes to the base model. Default: ${DEFAULT-VALUE}.")
    private double weight;

    @Option(names = "--with", paramLabel = "MEMORY[=W]",
            description = "Another memory of the same base, of any type, whose changes, multiplied by W, are added to those"
                    + " of MEMORY, as in --with other=0.5. W may be negative. May be given several times. Default of W: 1.")
    private List<String> others = List.of();

    @Option(names = "--base", paramLabel = "BASE",
            description = "The base model: a folder, a GGUF file, or a name that 'perk model list' tells. Default: the one"
                    + " that the memory was written with.")
    private Path base;

    /** The memory first. */
    List<Weighted> read(MemoryStore store) throws IOException {
        List<Weighted> memories = new ArrayList<>(List.of(new Weighted(store.read(memory), weight)));
        for (String other : others) {
            int end = Files.exists(Path.of(other)) ? -1 : other.lastIndexOf('=');
            memories.add(end < 0 ? new Weighted(store.read(Path.of(other)), 1)
                    : new Weighted(store.read(Path.of(other.substring(0, end))), weight(other, other.substring(end + 1))));
        }
        return memories;
    }

    private static double weight(String option, String text) {
        try {
            return new OptionValues.Finite().convert(text);
        } catch (TypeConversionException e) {
            throw new IllegalArgumentException("--with " + Printable.line(option) + ": " + e.getMessage()
                    + ": behind = stands what the memory's changes are multiplied by, as in --with other=0.5", e);
        }
    }

    /** @return the folder or file of the memories' base */
    Path base(List<Weighted> memories) {
        if (base != null) {
            return base;
        }
        Object written = memories.get(0).memory().configuration().get("base_model_name_or_path");
        if (written instanceof String path && Files.exists(Path.of(path))) {
            return Path.of(path);
        }
        throw new IllegalArgumentException("the base model that " + memory + " was written with is not at "
                + Printable.line(String.valueOf(written)) + "; name it by --base");
    }

    /** @throws IOException if one of the memories was written with another base */
    static void requireWriterOf(List<Weighted> memories, BaseModel base) throws IOException {
        for (Weighted each : memories) {
            base.requireWriterOf(each.memory());
        }
    }

    /** Warns of memories that were written with {@code --force}, which their reader may not know. */
    void warnIfNotTakenUp(List<Weighted> memories) {
        for (int i = 0; i < memories.size(); i++) {
            if (memories.get(i).memory().provenance().isNotTakenUp()) {
                System.err.println("perk: warning: " + Printable.line(i == 0 ? memory.toString() : others.get(i - 1))
                        + ": the context's loss did not fall when it was encoded, answers may be wrong");
            }
        }
    }

    /** @return the memories' folders, as they were given */
    @Override
    public String toString() {
        return others.isEmpty() ? memory.toString() : memory + " with " + String.join(", ", others);
    }
}
