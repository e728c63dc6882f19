package org.perk4j.commands;

import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntBiFunction;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.ComponentServiceObjects;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.component.annotations.ReferenceScope;
import org.perk4j.formats.Json;
import picocli.CommandLine;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Puts the commands that are there now together, and runs one. This is what the launcher finds: a function of the arguments
 * and of the stream for output, so that the two need share no class.
 */
@Component(service = ToIntBiFunction.class, property = "perk4j.role=command-line")
public final class PerkCommandLine implements ToIntBiFunction<String[], PrintStream> {

    @Reference(service = Command.class, scope = ReferenceScope.PROTOTYPE_REQUIRED,
            cardinality = ReferenceCardinality.MULTIPLE,
            policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY)
    private volatile List<ComponentServiceObjects<Command>> offers;

    @Reference
    private Components components;

    private final String version;

    /** Called by Declarative Services. */
    @Activate
    public PerkCommandLine(BundleContext context) {
        version = "Perk4J " + context.getBundle().getVersion();
    }

    @Override
    public int applyAsInt(String[] arguments, PrintStream output) {
        List<Runnable> returns = new ArrayList<>();
        PrintWriter out = new PrintWriter(new OutputStreamWriter(output, StandardCharsets.UTF_8), true);
        try {
            CommandLine perk = new CommandLine(new Perk(output));
            perk.getCommandSpec().version(version, "Java ${java.version}, ${os.name} ${os.arch}");
            List<CommandSpec> commands = new ArrayList<>();
            for (ComponentServiceObjects<Command> offer : offers) {
                Command command = offer.getService();
                returns.add(() -> offer.ungetService(command));
                commands.add(CommandSpec.forAnnotatedObject(command));
            }
            commands.sort(Comparator.comparing(CommandSpec::name));
            commands.forEach(command -> perk.addSubcommand(command.name(), command));
            return perk.setCaseInsensitiveEnumValuesAllowed(true)
                    .setOut(out)
                    .setErr(new PrintWriter(new OutputStreamWriter(System.err, StandardCharsets.UTF_8), true))
                    .setParameterExceptionHandler(this::explainUsage)
                    .setExecutionExceptionHandler(PerkCommandLine::explainFailure)
                    .setExecutionStrategy(PerkCommandLine::run)
                    .execute(arguments);
        } finally {
            out.flush();
            returns.forEach(Runnable::run);
        }
    }

    private int explainUsage(ParameterException problem, String[] arguments) {
        CommandLine command = problem.getCommandLine();
        PrintWriter err = command.getErr();
        err.println("perk: " + problem.getMessage());
        UnmatchedArgumentException.printSuggestions(problem, err);
        components.reasonsAgainst(Command.class).forEach(err::println);
        err.println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
        return Command.USAGE;
    }

    /** An error that the user can do something about is a failure like others. */
    private static int run(ParseResult parsed) {
        try {
            return new CommandLine.RunLast().execute(parsed);
        } catch (OutOfMemoryError e) {
            boolean tensors = String.valueOf(e.getMessage()).contains("tensors");
            throw new ExecutionException(parsed.commandSpec().commandLine(), "out of memory", new IllegalStateException(
                    "out of memory (" + e.getMessage() + "): " + (tensors
                            ? "read less at once, as with a smaller microBatchTokens, or use a machine that has more"
                            : "a heap of 4 GiB instead of 1 is PERK_JAVA_OPTS=-Xmx4g in the environment"), e));
        }
    }

    private static int explainFailure(Exception failure, CommandLine command, ParseResult parsed) {
        String message = message(failure);
        command.getErr().println("perk: " + message);
        if (((Perk) command.getCommandSpec().root().userObject()).stacktrace()) {
            failure.printStackTrace(command.getErr());
        }
        if (parsed.hasMatchedOption("--json")) {
            command.getOut().println(Json.writeLine(Map.of("error", message)));
        }
        return Command.FAILURE;
    }

    /** The messages of these exceptions are the bare path; those of our own name problem and remedy. */
    private static String message(Exception failure) {
        if (failure instanceof NoSuchFileException file) {
            return "there is no file " + file.getFile();
        }
        if (failure instanceof AccessDeniedException file) {
            return "no permission to use " + file.getFile();
        }
        if (failure instanceof FileAlreadyExistsException file) {
            return file.getFile() + " exists already: remove it, or choose another name";
        }
        if (failure instanceof UncheckedIOException wrapped && wrapped.getCause().toString().equals(wrapped.getMessage())) {
            return message(wrapped.getCause());
        }
        boolean expected = failure instanceof FileSystemException || failure instanceof IllegalArgumentException
                || failure instanceof IOException || failure instanceof UncheckedIOException
                || failure instanceof IllegalStateException;
        return expected && failure.getMessage() != null ? failure.getMessage()
                : "unexpected " + failure + ": run 'perk --stacktrace …' and report what it prints";
    }
}
