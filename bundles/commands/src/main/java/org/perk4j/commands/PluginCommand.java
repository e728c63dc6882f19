package org.perk4j.commands;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ServiceScope;
import org.perk4j.archetype.PluginProject;
import org.perk4j.formats.Options;
import org.perk4j.formats.Printable;
import org.perk4j.formats.Spelling;
import org.perk4j.registry.PluginJars;
import org.perk4j.registry.PluginState;
import org.perk4j.registry.PluginStates;
import org.perk4j.registry.PluginTrial;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The subcommands for plugins: list, diagnose, check, install, remove and make them. */
@Component(service = Command.class, scope = ServiceScope.PROTOTYPE, property = Command.NAME + "=plugin")
@CommandLine.Command(name = "plugin", mixinStandardHelpOptions = true, synopsisSubcommandLabel = "COMMAND",
        description = {
            "Makes, checks, installs, lists, explains and removes plugins.",
            "A plugin is a jar in the folder plugins/ of the installation. A running Perk4J takes it up within seconds;"
                    + " jobs pick it by its type: \"adapter\": {\"type\": \"lora\"}."},
        commandListHeading = "%nCommands ('perk plugin COMMAND --help' tells more):%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "From nothing to a plugin that runs:",
            "  perk plugin new adapter scaled    a project, with its tests",
            "  mvn -f scaled package             builds and tests it",
            "  perk plugin check scaled/target/com.example.scaled-1.0.0.jar",
            "  perk plugin install scaled/target/com.example.scaled-1.0.0.jar"})
public final class PluginCommand extends CommandGroup {

    private final PluginStates states;
    private final PluginTrial trial;
    private final FirstUse use;

    /** Called by Declarative Services. */
    @Activate
    public PluginCommand(@Reference PluginStates states, @Reference PluginTrial trial, @Reference FirstUse use) {
        this.states = states;
        this.trial = trial;
        this.use = use;
    }

    @CommandLine.Command(name = "new", mixinStandardHelpOptions = true,
            description = {
                "Makes a Maven project for a plugin: one that builds, is tested against the contract of its kind, and runs."
                        + " Change it into yours from there.",
                "The Maven archetype org.perk4j:org.perk4j.archetype makes the same."})
    int create(@Mixin Output output,
            @Option(names = "--package", paramLabel = "PACKAGE",
                    description = "Of its classes, and the bundle's name; com.example and the type, unless said otherwise.")
            String packageName,
            @Option(names = {"-o", "--output"}, paramLabel = "FOLDER",
                    description = "The project's folder, a new one; named as the type, unless said otherwise.")
            Path folder,
            @Parameters(paramLabel = "KIND", index = "0",
                    description = "One of adapter, optimizer, objective, task, model, tokenizer and backend.") String kind,
            @Parameters(paramLabel = "TYPE", index = "1",
                    description = "What jobs will pick it by, such as my-lora.") String type)
            throws IOException {
        Path target = folder == null ? Path.of(type) : folder;
        new PluginProject(kind, type, packageName == null ? "com.example." + type.replace("-", "") : packageName,
                Installed.repository(), Installed.quickstart("base").toString()).write(target);
        output.text().println(Printable.line("Made " + target + ": build it by 'mvn -f " + target
                + " package'; its README.md says how to go on"));
        output.json(Map.of("folder", target.toString()));
        return OK;
    }

    @CommandLine.Command(name = "list", mixinStandardHelpOptions = true,
            description = "Lists the plugins, with the reason for each one that isn't ready; 'perk plugins' does the same.")
    int list(@Mixin Output output) {
        PluginsCommand.list(states.all(), output);
        return OK;
    }

    @CommandLine.Command(name = "why", mixinStandardHelpOptions = true,
            description = {
                "Explains why a plugin can or can't be used: which package or service is missing and which bundle"
                        + " would provide it, the exception, or what hides it. For a plugin that is ready, the keys of its"
                        + " options.",
                "Exit code 1 if it can't be used."})
    int why(@Mixin Output output,
            @Parameters(paramLabel = "TYPE-or-BUNDLE",
                    description = "A plugin's type, such as lora, its bundle's name, or its file.")
            String name) {
        List<PluginState> all = states.all();
        List<PluginState> meant = all.stream().filter(plugin -> plugin.isNamed(name)).toList();
        if (meant.isEmpty()) {
            throw new IllegalArgumentException("no plugin \"" + name + "\" is installed: there are " + String.join(", ",
                    Spelling.byDistance(name, all.stream().map(plugin -> plugin.type() == null ? plugin.bundle()
                            : plugin.type())
                            .distinct().toList())));
        }
        for (PluginState plugin : meant) {
            output.text().println(Printable.line(plugin.toString()));
            plugin.reasons().forEach(reason -> output.text().println("  " + Printable.line(reason)));
            states.options(plugin).ifPresent(options -> describe(plugin, options, output.text()));
        }
        output.json(Map.of("plugins", meant.stream().map(PluginsCommand.Row::new).toList()));
        return meant.stream().anyMatch(PluginState::isBroken) ? FAILURE : OK;
    }

    private static void describe(PluginState plugin, Class<? extends Record> options, PrintWriter text) {
        text.println("  a job picks it by \"" + plugin.kind() + "\": {\"type\": \"" + plugin.type() + "\"}"
                + (options.getRecordComponents().length == 0 ? "" : ", with these keys beside the type:"));
        Options.describe(options).lines().forEach(line -> text.println("    " + line));
    }

    @CommandLine.Command(name = "check", mixinStandardHelpOptions = true,
            description = {
                "Tells whether a jar will resolve and start, what it provides, and whether that works, by trying it;"
                        + " nothing is changed. With the defaults of its options an adapter, an optimizer, an objective or"
                        + " a model takes part in a step of training, at tiny size; a task gives some episodes, a"
                        + " tokenizer reads a sentence, and a backend multiplies.",
                "Exit code 1 if something is wrong."})
    int check(@Mixin Output output,
            @Parameters(paramLabel = "JAR", description = "The plugin.") Path jar) throws IOException {
        PluginTrial.Outcome outcome = trial.of(jar, use);
        tell(jar, outcome, output.text());
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("sound", outcome.isSound());
        if (outcome.bundle() != null) {
            result.put("bundle", outcome.bundle());
            result.put("version", outcome.version());
        }
        result.put("plugins", outcome.plugins().stream().map(PluginsCommand.Row::new).toList());
        result.put("uses", outcome.uses());
        result.put("problems", outcome.problems());
        output.json(result);
        return outcome.isSound() ? OK : FAILURE;
    }

    private static void tell(Path jar, PluginTrial.Outcome outcome, PrintWriter text) {
        text.println(Printable.line(outcome.bundle() == null ? jar.toString() : outcome.bundle() + " " + outcome.version())
                + (outcome.isSound() ? " resolves and starts:" : " can't be used:"));
        Stream<String> sound = Stream.concat(outcome.plugins().stream().map(PluginState::toString), outcome.uses().stream());
        (outcome.isSound() ? sound : outcome.problems().stream())
                .forEach(line -> text.println("  " + Printable.line(line)));
    }

    @CommandLine.Command(name = "install", mixinStandardHelpOptions = true,
            description = {
                "Checks a jar and puts it into the folder of plugins, replacing other versions of the same bundle.",
                "A running Perk4J notices it within seconds; a run that has begun keeps its plugins."})
    int install(@Mixin Output output,
            @Option(names = "--force",
                    description = "Install it even if it can't be used yet, because its requirements will follow.")
            boolean force,
            @Parameters(paramLabel = "JAR", description = "The plugin.") Path jar) throws IOException {
        PluginTrial.Outcome outcome = trial.of(jar);
        if (outcome.bundle() == null || !outcome.isSound() && !force) {
            throw new IllegalArgumentException(jar + ": was not installed: " + String.join("; ", outcome.problems())
                    + (outcome.bundle() == null ? "" : " (--force installs it all the same)"));
        }
        List<Path> replaced = Installed.plugins().install(jar, outcome.bundle());
        output.text().println(Printable.line("Installed " + outcome.bundle() + " " + outcome.version()
                + (replaced.isEmpty() ? "" : ", in place of " + String.join(", ", names(replaced)))));
        output.json(Map.of("bundle", outcome.bundle(), "version", outcome.version(), "replaced", names(replaced)));
        return OK;
    }

    @CommandLine.Command(name = "remove", mixinStandardHelpOptions = true,
            description = "Removes a plugin from the folder of plugins. A run that uses it continues to its end.")
    int remove(@Mixin Output output,
            @Parameters(paramLabel = "BUNDLE",
                    description = "The bundle's name, as 'perk plugin list' shows it, or its file.")
            String bundle) throws IOException {
        PluginJars folder = Installed.plugins();
        boolean shipped = folder.filesOf(bundle).isEmpty() && states.all().stream()
                .anyMatch(plugin -> bundle.equals(plugin.bundle())
                && plugin.version() != null);
        if (shipped) {
            throw new IllegalArgumentException(bundle + " was shipped with Perk4J and stays");
        }
        List<String> removed = names(folder.remove(bundle));
        output.text().println(Printable.line("Removed " + String.join(", ", removed)));
        output.json(Map.of("removed", removed));
        return OK;
    }

    private static List<String> names(List<Path> files) {
        return files.stream().map(file -> file.getFileName().toString()).toList();
    }
}
