package org.perk4j.commands;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ServiceScope;
import org.perk4j.formats.OutputPlace;
import org.perk4j.formats.Printable;
import org.perk4j.inference.BaseModel;
import org.perk4j.inference.Memories;
import org.perk4j.inference.MemoryModel.Weighted;
import org.perk4j.inference.OpenBase;
import org.perk4j.memory.MemoryStore;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Writes a memory into the weights of a model. */
@Component(service = Command.class, scope = ServiceScope.PROTOTYPE, property = Command.NAME + "=merge")
@CommandLine.Command(name = "merge", mixinStandardHelpOptions = true,
        description = {
            "Merges a memory into the base model's weights, and writes the result as a new model, which Perk4J and"
                    + " Hugging Face transformers read without an adapter.",
            "The base and the memory are left unchanged. Several memories are added up as by 'perk ask'."})
public final class MergeCommand implements Command {

    @Reference
    private Memories memories;

    @Reference
    private MemoryStore store;

    @Mixin
    private Output output;

    @Mixin
    private MemoryChoice choice;

    @Option(names = {"-o", "--output"}, required = true, paramLabel = "MODEL",
            description = "The new model's folder, which must not exist yet.")
    private Path model;

    @Mixin
    private BackendOption backend;

    @Override
    public Integer call() throws IOException {
        requireFree();
        try (OutputPlace place = OutputPlace.ofFolder(model)) {
            List<Weighted> remembered = choice.read(store);
            try (BaseModel base = memories.base(choice.base(remembered))) {
                MemoryChoice.requireWriterOf(remembered, base);
                try (OpenBase reader = memories.open(base, backend.choice())) {
                    choice.warnIfNotTakenUp(remembered);
                    List<String> changed = merge(reader, remembered);
                    output.text().printf("%s: %s with %s, %d weights changed%n", Printable.line(model.toString()),
                            Printable.line(base.path().toString()), Printable.line(choice.toString()), changed.size());
                    Map<String, Object> result = new LinkedHashMap<>();
                    result.put("model", model.toString());
                    result.put("changed", changed);
                    output.json(result);
                    return OK;
                }
            }
        }
    }

    private List<String> merge(OpenBase reader, List<Weighted> remembered) throws IOException {
        try {
            return reader.writeMerged(reader.recall(remembered), model);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(choice + " can't be merged into a model: " + e.getMessage(), e);
        }
    }

    private void requireFree() throws IOException {
        if (Files.isDirectory(model)) {
            try (Stream<Path> content = Files.list(model)) {
                if (content.findAny().isEmpty()) {
                    return;
                }
            }
        }
        if (Files.exists(model)) {
            throw new FileAlreadyExistsException(model.toString(), null,
                    "there is something of this name already: choose another");
        }
    }
}
