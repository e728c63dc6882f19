package org.perk4j.commands;

import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.ToIntBiFunction;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.service.component.ComponentServiceObjects;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.component.annotations.ReferenceScope;
import org.perk4j.formats.Json;
import org.perk4j.formats.Printable;
import org.perk4j.registry.Components;
import org.perk4j.registry.FailureOrigin;
import picocli.CommandLine;
import picocli.CommandLine.InitializationException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.PicocliException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Puts the commands that are there now together, or the one that is called, and runs it. This is what the launcher finds: a
 * function of the arguments and of the stream for output, so that the two need share no class.
 */
@Component(service = ToIntBiFunction.class, property = "perk4j.role=command-line")
public final class PerkCommandLine implements ToIntBiFunction<String[], PrintStream> {

    @Reference(service = Command.class, scope = ReferenceScope.PROTOTYPE_REQUIRED,
            cardinality = ReferenceCardinality.MULTIPLE,
            policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY)
    private volatile List<ComponentServiceObjects<Command>> offers;

    @Reference
    private Components components;

    @Reference
    private FailureOrigin origin;

    private final String version;

    /** Called by Declarative Services. */
    @Activate
    public PerkCommandLine(BundleContext context) {
        version = "Perk4J " + context.getBundle().getVersion();
    }

    @Override
    public int applyAsInt(String[] arguments, PrintStream output) {
        List<Runnable> returns = new ArrayList<>();
        PrintWriter out = printer(output);
        PrintWriter err = printer(System.err);
        try {
            CommandLine perk = new CommandLine(new Perk(output));
            perk.getCommandSpec().version(version, "Java ${java.version}, ${os.name} ${os.arch}");
            commands(needed(arguments), returns, err).forEach(perk::addSubcommand);
            int exitCode = perk.setCaseInsensitiveEnumValuesAllowed(true)
                    .setOut(out)
                    .setErr(err)
                    .setExpandAtFiles(false) // a question may begin with @
                    .setParameterExceptionHandler(this::explainUsage)
                    .setExecutionExceptionHandler((failure, command, parsed) -> explainFailure(failure, command, arguments))
                    .setExecutionStrategy(parsed -> run(parsed, arguments))
                    .execute(arguments);
            out.flush();
            return output.checkError() && exitCode == Command.OK ? unwritten() : exitCode;
        } finally {
            out.flush();
            returns.forEach(Runnable::run);
        }
    }

    /** A {@link java.io.PrintStream} reports failures only when asked. */
    private static int unwritten() {
        System.err.println("perk: standard output can't be written: is the disk full, or was the reader closed?");
        return Command.FAILURE;
    }

    /**
     * That which the arguments name, where one is known by its name; otherwise all, to look among. A command is made with
     * all that it takes: those that aren't called would take most of the time that a short one does.
     *
     * @return those that were shipped first
     */
    private List<ComponentServiceObjects<Command>> needed(String[] arguments) {
        List<ComponentServiceObjects<Command>> all =
                offers.stream().sorted(Comparator.comparing(PerkCommandLine::serviceId)).toList();
        Optional<String> named = Arrays.stream(arguments).filter(argument -> !argument.startsWith("-")).findFirst();
        return named.flatMap(name -> all.stream().filter(offer -> name.equals(property(offer, Command.NAME))).findFirst())
                .map(List::of).orElse(all);
    }

    private static Object property(ComponentServiceObjects<?> offer, String name) {
        return offer.getServiceReference().getProperty(name);
    }

    /**
     * Whose name is taken already, or what a plugin offers and can't be used, is told and left out.
     *
     * @param returns is given what gives the commands back
     */
    private static Map<String, CommandSpec> commands(List<ComponentServiceObjects<Command>> offers, List<Runnable> returns,
                                                     PrintWriter err) {
        Map<String, CommandSpec> commands = new TreeMap<>();
        offers.forEach(offer -> {
            Bundle bundle = offer.getServiceReference().getBundle(); // null if it went away just now
            Command command = bundle == null ? null : offer.getService();
            if (command == null) {
                return; // Declarative Services has logged the reason
            }
            returns.add(() -> offer.ungetService(command));
            try {
                CommandSpec spec = CommandSpec.forAnnotatedObject(command);
                if (commands.putIfAbsent(spec.name(), spec) != null) {
                    throw new InitializationException("there is one of this name already, " + spec.name());
                }
            } catch (PicocliException | LinkageError e) {
                err.println("perk: a command of " + bundle.getSymbolicName() + " " + bundle.getVersion() + " can't be used: "
                        + e.getMessage());
            }
        });
        return commands;
    }

    private static long serviceId(ComponentServiceObjects<?> offer) {
        return (Long) property(offer, Constants.SERVICE_ID);
    }

    private static PrintWriter printer(PrintStream stream) {
        return new PrintWriter(Printable.writer(new OutputStreamWriter(stream, StandardCharsets.UTF_8)), true);
    }

    /** Picocli handles exceptions, but not errors; to a user both are failures. */
    private int run(ParseResult parsed, String[] arguments) {
        try {
            return new CommandLine.RunLast().execute(parsed);
        } catch (Error e) {
            return explainFailure(e, parsed.commandSpec().commandLine(), arguments);
        }
    }

    private int explainUsage(ParameterException problem, String[] arguments) {
        CommandLine command = problem.getCommandLine();
        say(problem.getMessage(), command, arguments);
        PrintWriter err = command.getErr();
        UnmatchedArgumentException.printSuggestions(problem, err);
        if (problem instanceof UnmatchedArgumentException unmatched && unmatched.getUnmatched().get(0).startsWith("-")) {
            err.println("A question or a name that begins with - goes behind --, as in: perk ask MEMORY -- \"-1 or 1?\"");
        }
        components.reasonsAgainst(Command.class).forEach(err::println);
        err.println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
        return Command.USAGE;
    }

    private int explainFailure(Throwable thrown, CommandLine command, String[] arguments) {
        Failure failure = Failure.of(thrown);
        say(failure.message() + origin.of(thrown).map(plugin -> " (in the plugin " + plugin + ")").orElse(""), command,
                arguments);
        if (((Perk) command.getCommandSpec().root().userObject()).stacktrace()) {
            thrown.printStackTrace(command.getErr());
        }
        return failure.exitCode();
    }

    /** Only the first line begins with {@code perk:}, whatever the text that the message quotes. */
    private static void say(String problem, CommandLine command, String[] arguments) {
        command.getErr().println("perk: " + problem.replace("\n", "\n      "));
        if (Arrays.stream(arguments).takeWhile(argument -> !argument.equals("--")).anyMatch("--json"::equals)) {
            command.getOut().println(Json.writeLine(Map.of("error", problem)));
        }
    }
}
