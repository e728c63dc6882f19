package org.perk4j.commands;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ServiceScope;
import org.perk4j.formats.Printable;
import org.perk4j.inference.BaseModel;
import org.perk4j.inference.Decoding;
import org.perk4j.inference.Memories;
import org.perk4j.inference.OpenBase;
import org.perk4j.inference.Prompts;
import org.perk4j.inference.WeightType;
import org.perk4j.memory.Memory;
import org.perk4j.memory.MemoryStore;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Answers questions from a memory. */
@Component(service = Command.class, scope = ServiceScope.PROTOTYPE)
@CommandLine.Command(name = "ask", mixinStandardHelpOptions = true,
        description = "Answers a question from a memory; without a question, each line of standard input.")
public final class AskCommand implements Command {

    @Reference
    private Memories memories;

    @Reference
    private MemoryStore store;

    @Mixin
    private Output output;

    @Parameters(index = "0", paramLabel = "MEMORY", description = "A folder that 'perk encode' wrote, or a LoRA "
            + "adapter of PEFT's.")
    private Path memory;

    @Parameters(index = "1", arity = "0..1", paramLabel = "QUESTION", description = "The question, in quotes.")
    private String question;

    @Option(names = "--base", paramLabel = "FOLDER",
            description = "The base model. Default: the one that the memory was written with.")
    private Path base;

    @Option(names = "--weights", paramLabel = "TYPE", defaultValue = "stored",
            description = "How the base model's weights are held: stored, as they are stored, or bfloat16, rounded to it if "
                    + "they are stored otherwise, in half of float32's memory. Default: ${DEFAULT-VALUE}.")
    private WeightType weights;

    @Option(names = "--tokens", paramLabel = "N", defaultValue = "64", converter = OptionValues.Count.class,
            description = "The most tokens of an answer. Default: ${DEFAULT-VALUE}.")
    private int tokens;

    @Option(names = "--temperature", defaultValue = "0", converter = OptionValues.Temperature.class,
            description = "0 takes the likeliest token, 1 draws as the model finds likely. Default: ${DEFAULT-VALUE}.")
    private double temperature;

    @Option(names = "--top-p", defaultValue = "1", converter = OptionValues.Share.class,
            description = "Draw among the likeliest tokens of this total probability. Default: ${DEFAULT-VALUE}.")
    private double topP;

    @Option(names = "--seed", defaultValue = "0", description = "Seed of the draws. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Mixin
    private BackendOption backend;

    @Override
    public Integer call() throws IOException {
        Memory remembered = store.read(memory);
        try (BaseModel model = memories.base(baseOf(remembered))) {
            model.requireWriterOf(remembered);
            int[] prompt = question == null ? null : model.question(remembered, question);
            try (OpenBase reader = memories.open(model, weights, backend.choice())) {
                OpenBase.Recollection recollection = reader.recall(remembered);
                warnIfNotTakenUp(remembered);
                if (prompt == null) {
                    return answerLines(reader, recollection, remembered);
                }
                String answer = answer(reader, recollection, prompt);
                output.text().println(Printable.line(answer));
                output.json(Map.of("answer", answer));
                return OK;
            }
        }
    }

    /** Warns of a memory that was written with {@code --force}, which its reader may not know. */
    private void warnIfNotTakenUp(Memory remembered) {
        if (remembered.provenance().isNotTakenUp()) {
            System.err.println("perk: warning: " + Printable.line(memory.toString())
                    + ": the context's loss did not fall when it was encoded, answers may be wrong");
        }
    }

    private Path baseOf(Memory remembered) {
        if (base != null) {
            return base;
        }
        Object written = remembered.configuration().get("base_model_name_or_path");
        if (written instanceof String path && Files.isDirectory(Path.of(path))) {
            return Path.of(path);
        }
        throw new IllegalArgumentException("the base model that " + memory + " was written with is not at "
                + Printable.line(String.valueOf(written)) + "; name it by --base");
    }

    /** Each answer is one line, so that answers line up with questions. A question that fails doesn't stop the others. */
    private int answerLines(OpenBase reader, OpenBase.Recollection recollection, Memory remembered) throws IOException {
        int exitCode = OK;
        InputLines lines = new InputLines(System.in, "? ");
        try (Output.JsonList answers = output.jsonList("answers")) {
            for (InputLines.Line line = lines.next(); line != null; line = lines.next()) {
                if (line.text().isBlank()) {
                    continue;
                }
                Map<String, Object> answered = new LinkedHashMap<>();
                answered.put("question", line.text().strip());
                try {
                    line.requireSound();
                    String answer = answer(reader, recollection, reader.base().question(remembered, line.text()));
                    answered.put("answer", answer);
                    output.text().println(Printable.line(answer));
                } catch (IllegalArgumentException e) {
                    exitCode = FAILURE;
                    answered.put("error", e.getMessage());
                    output.text().println();
                    System.err.println("perk: line " + line.number() + ": " + Printable.line(e.getMessage()));
                }
                output.text().flush();
                answers.add(answered);
            }
        }
        return exitCode;
    }

    private String answer(OpenBase reader, OpenBase.Recollection recollection, int[] prompt) {
        return Prompts.answerIn(reader.answer(recollection, prompt, new Decoding(tokens, temperature, topP, seed)));
    }
}
