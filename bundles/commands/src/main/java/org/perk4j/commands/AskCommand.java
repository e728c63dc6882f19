package org.perk4j.commands;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ServiceScope;
import org.perk4j.formats.Printable;
import org.perk4j.inference.BaseModel;
import org.perk4j.inference.Decoding;
import org.perk4j.inference.Memories;
import org.perk4j.inference.MemoryModel.Weighted;
import org.perk4j.inference.OpenBase;
import org.perk4j.inference.Prompts;
import org.perk4j.inference.UpcomingBackend;
import org.perk4j.inference.WeightType;
import org.perk4j.memory.MemoryStore;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Answers questions from a memory. */
@Component(service = Command.class, scope = ServiceScope.PROTOTYPE, property = Command.NAME + "=ask")
@CommandLine.Command(name = "ask", mixinStandardHelpOptions = true,
        description = {
            "Answers a question from a memory, or several at once; without a question, each line of standard input.",
            "With several, their changes to the base model are added up: 'perk ask one --weight 0.7 --with other=0.3 "
                    + "\"Who?\"'."})
public final class AskCommand implements Command {

    @Reference
    private Memories memories;

    @Reference
    private MemoryStore store;

    @Mixin
    private Output output;

    @Mixin
    private MemoryChoice choice;

    @Parameters(index = "1", arity = "0..1", paramLabel = "QUESTION", description = "The question, in quotes.")
    private String question;

    @Option(names = "--weights", paramLabel = "TYPE", defaultValue = "stored",
            description = "The type of the base model's weights in memory: stored, the type in which they are stored, or "
                    + "bfloat16, rounded to it, in half of float32's memory. Default: ${DEFAULT-VALUE}.")
    private WeightType weights;

    @Option(names = "--tokens", paramLabel = "N", defaultValue = "64", converter = OptionValues.Count.class,
            description = "The most tokens of an answer. Default: ${DEFAULT-VALUE}.")
    private int tokens;

    @Option(names = "--temperature", defaultValue = "0", converter = OptionValues.Temperature.class,
            description = "0 takes the likeliest token, 1 samples from the model's distribution. Default: ${DEFAULT-VALUE}.")
    private double temperature;

    @Option(names = "--top-p", defaultValue = "1", converter = OptionValues.Share.class,
            description = "Sample from the likeliest tokens with this total probability. Default: ${DEFAULT-VALUE}.")
    private double topP;

    @Option(names = "--seed", defaultValue = "0", description = "Seed of the sampling. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Mixin
    private BackendOption backend;

    @Override
    public Integer call() throws IOException {
        try (UpcomingBackend upcoming = memories.upcoming(backend.choice())) {
            return ask(choice.read(store), upcoming);
        }
    }

    private int ask(List<Weighted> remembered, UpcomingBackend upcoming) throws IOException {
        try (BaseModel model = memories.base(choice.base(remembered))) {
            MemoryChoice.requireWriterOf(remembered, model);
            int[] prompt = question == null ? null : prompt(model, remembered, question);
            try (OpenBase reader = memories.open(model, weights, upcoming)) {
                OpenBase.Recollection recollection = reader.recall(remembered);
                choice.warnIfNotTakenUp(remembered);
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

    private static int[] prompt(BaseModel model, List<Weighted> remembered, String question) {
        return model.question(remembered.stream().map(Weighted::memory).toList(), question);
    }

    /** Each answer is one line, so that answers line up with questions. A question that fails doesn't stop the others. */
    private int answerLines(OpenBase reader, OpenBase.Recollection recollection, List<Weighted> remembered)
            throws IOException {
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
                    String answer = answer(reader, recollection, prompt(reader.base(), remembered, line.text()));
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
