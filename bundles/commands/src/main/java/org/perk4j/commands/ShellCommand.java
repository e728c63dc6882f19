package org.perk4j.commands;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.function.ToIntBiFunction;
import java.util.regex.Pattern;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Converter;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ServiceScope;
import org.perk4j.formats.Printable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Lets an operator look into the running framework, and change it, by Gogo's commands. */
@Component(service = Command.class, scope = ServiceScope.PROTOTYPE, property = Command.NAME + "=shell")
@CommandLine.Command(name = "shell", mixinStandardHelpOptions = true,
        description = {
            "Runs Gogo's commands in this process's framework, one per line of standard input, until 'exit'. "
                    + "'help' lists them; 'lb' lists the bundles, 'scr:list' the components.",
            "'perk COMMAND' runs a command of Perk4J there, with all plugins as they are now. Quotes keep words together; "
                    + "nothing is expanded.",
            "Exit code: that of the first line that failed.",
            "If a signal stops a training, the training is saved and the shell ends.",
            "Bundles that 'install' adds are gone when the shell ends; to keep one, put it into plugins/."})
public final class ShellCommand implements Command {

    private static final List<String> END = List.of("exit", "quit");
    private static final Pattern PERK = Pattern.compile("\\s*perk(\\s.*)?");

    @Reference
    private CommandProcessor gogo;

    @Reference(target = "(perk4j.role=command-line)")
    private ToIntBiFunction<String[], PrintStream> commandLine;

    @Spec
    private CommandSpec command;

    /** The exit code of the first line that failed. */
    private int exitCode = OK;

    @Override
    public Integer call() throws IOException {
        PrintStream out = ((Perk) command.root().userObject()).output();
        InputLines lines = new InputLines(System.in, "perk> ");
        try (CommandSession session = gogo.createSession(System.in, out, standardError())) {
            // In Gogo, System.out is the session's or, in a pipe, what reads on.
            session.put("perk", (Function) (caller, arguments) -> {
                perk(arguments.stream().map(String::valueOf).toList(), System.out);
                return null; // the command has printed its result or failure
            });
            InputLines.Line line = lines.next();
            while (line != null && !END.contains(line.text().strip())) {
                execute(session, line, out);
                // A signal that ended a training was meant for the process.
                line = StopOnInterrupt.isProcessAskedToEnd() ? null : lines.next();
            }
        }
        return exitCode;
    }

    /** Not System.err, which Gogo has replaced by the current session's. */
    private static PrintStream standardError() {
        return new PrintStream(new FileOutputStream(FileDescriptor.err), true);
    }

    /**
     * A line that fails doesn't end the shell. Perk4J's own commands bypass Gogo, which would expand parts of a question.
     */
    private void execute(CommandSession session, InputLines.Line line, PrintStream out) {
        try {
            line.requireSound();
            if (PERK.matcher(line.text()).matches()) {
                List<String> words = Words.of(line.text());
                perk(words.subList(1, words.size()), out);
                return;
            }
            Object result = session.execute(line.text());
            if (result != null) {
                session.getConsole().println(session.format(result, Converter.INSPECT));
            }
        } catch (Exception | Error e) {
            failed(Failure.of(e).exitCode());
            System.err.println("perk: " + Printable.line(e.getMessage() == null ? e.toString() : e.getMessage()));
        }
    }

    private void perk(List<String> arguments, PrintStream out) {
        failed(commandLine.applyAsInt(arguments.toArray(String[]::new), out));
    }

    private void failed(int code) {
        exitCode = exitCode == OK ? code : exitCode;
    }
}
