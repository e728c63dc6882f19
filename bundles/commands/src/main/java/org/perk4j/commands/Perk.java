package org.perk4j.commands;

import java.io.PrintStream;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code perk} itself, without a command. */
@picocli.CommandLine.Command(name = "perk", mixinStandardHelpOptions = true,
        description = "Answers questions over long contexts by writing the context into a small adapter.",
        synopsisSubcommandLabel = "COMMAND",
        commandListHeading = "%nCommands ('perk COMMAND --help' tells more):%n",
        optionListHeading = "%nOptions:%n",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            Command.OK + ":done",
            Command.FAILURE + ":failed; one line on standard error names the problem and the remedy",
            Command.USAGE + ":unknown command or wrong arguments",
            Command.STOPPED + ":a training or a study was stopped; --resume continues it, or the study's own command",
            Command.NOT_FINITE + ":a loss or gradient is not finite",
            Command.OUT_OF_MEMORY + ":out of memory"})
final class Perk implements Callable<Integer> {

    @Option(names = "--stacktrace", description = "If a command fails, print the stack trace.")
    private boolean stacktrace;

    @Spec
    private CommandSpec spec;

    private final PrintStream output;

    /** @param output where results go: System.out is no longer standard output */
    Perk(PrintStream output) {
        this.output = output;
    }

    PrintStream output() {
        return output;
    }

    boolean stacktrace() {
        return stacktrace;
    }

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return Command.USAGE;
    }
}
