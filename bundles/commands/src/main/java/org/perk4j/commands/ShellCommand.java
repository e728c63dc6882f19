package org.perk4j.commands;

import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.ToIntBiFunction;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Converter;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ServiceScope;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Lets an operator look into the running framework, and change it, by Gogo's commands. */
@Component(service = Command.class, scope = ServiceScope.PROTOTYPE)
@CommandLine.Command(name = "shell", mixinStandardHelpOptions = true,
        description = {
            "Runs Gogo's commands on the framework that this process runs in: a line of standard input each, until 'exit'. "
                    + "'help' lists them; 'lb' lists the bundles, 'scr:list' the components.",
            "'perk COMMAND' runs a command of Perk4J's there, with what was installed or updated meanwhile.",
            "What is installed by 'install' is gone when the shell ends: what is to stay goes into plugins/."})
public final class ShellCommand implements Command {

    private static final List<String> END = List.of("exit", "quit");

    @Reference
    private CommandProcessor gogo;

    @Reference(target = "(perk4j.role=command-line)")
    private ToIntBiFunction<String[], PrintStream> commandLine;

    @Spec
    private CommandSpec command;

    @Override
    public Integer call() throws IOException {
        PrintStream out = ((Perk) command.root().userObject()).output();
        boolean terminal = System.console() != null;
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (CommandSession session = gogo.createSession(System.in, out, standardError())) {
            session.put("perk", (Function) this::perk);
            prompt(terminal);
            for (String line = lines.readLine(); line != null && !END.contains(line.strip()); line = lines.readLine()) {
                execute(session, line);
                prompt(terminal);
            }
        }
        return OK;
    }

    /** Not System.err: that is Gogo's by now, and writes to the session that it is written from. */
    private static PrintStream standardError() {
        return new PrintStream(new FileOutputStream(FileDescriptor.err), true);
    }

    /** In Gogo, System.out is the session's or, in a pipe, what reads on. */
    private Object perk(CommandSession session, List<Object> arguments) {
        commandLine.applyAsInt(arguments.stream().map(String::valueOf).toArray(String[]::new), System.out);
        return null; // what there was to say has been said
    }

    /** One line that fails is no reason to end. */
    private static void execute(CommandSession session, String line) {
        try {
            Object result = session.execute(line);
            if (result != null) {
                session.getConsole().println(session.format(result, Converter.INSPECT));
            }
        } catch (Exception e) {
            System.err.println("perk: " + (e.getMessage() == null ? e : e.getMessage()));
        }
    }

    private static void prompt(boolean terminal) {
        if (terminal) {
            System.err.print("perk> ");
            System.err.flush();
        }
    }
}
