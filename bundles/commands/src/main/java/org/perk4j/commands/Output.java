package org.perk4j.commands;

import java.io.PrintWriter;
import java.util.List;
import org.perk4j.formats.Json;
import org.perk4j.formats.Printable;
import org.perk4j.training.TrainingOutcome;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Where a command puts its result: as text for people on standard output or, with {@code --json}, as one JSON object on its
 * last line, and the text on standard error. Mixed into every command.
 */
public final class Output {

    private static final String GAP = "  ";

    @Option(names = "--json", description = "Print the result as one JSON object, as the last line of standard output, "
            + "and everything else to standard error.")
    private boolean json;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    /** @return where text for people goes; print text from elsewhere through {@link Printable#line} */
    public PrintWriter text() {
        return json ? command.commandLine().getErr() : command.commandLine().getOut();
    }

    /** Prints a table for people, whatever its cells hold. */
    public void table(List<String> head, List<List<String>> rows) {
        List<List<String>> lines = rows.stream().map(row -> row.stream().map(Printable::line).toList()).toList();
        int[] widths = head.stream().mapToInt(String::length).toArray();
        for (List<String> line : lines) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], line.get(i).length());
            }
        }
        line(head, widths);
        lines.forEach(line -> line(line, widths));
    }

    private void line(List<String> cells, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            line.append(cells.get(i)).append(" ".repeat(widths[i] - cells.get(i).length())).append(GAP);
        }
        text().println(line.toString().stripTrailing());
    }

    /**
     * Prints how a training run ended.
     *
     * @return the exit code: whoever waits for a finished adapter must not go on with half of one
     */
    int trained(TrainingOutcome outcome) {
        text().println(Printable.line(outcome.folder().toString())
                + (outcome.finished() ? ": done after " : ": stopped after ")
                + outcome.steps() + " steps" + (outcome.finished() ? "" : "; go on with --resume"));
        json(outcome);
        return outcome.finished() ? Command.OK : Command.STOPPED;
    }

    /**
     * Prints the result for programs, if they asked for it. To be called once, at the end.
     *
     * @param result a record or a map: see {@link Json}
     */
    public void json(Object result) {
        if (json) {
            command.commandLine().getOut().println(Json.writeLine(result));
        }
    }

    /**
     * @return instead of {@link #json}: an object whose one key is a list, of which nothing is kept, however long it gets
     */
    JsonList jsonList(String key) {
        return new JsonList(Json.writeLine(key));
    }

    /**
     * Printed as it grows, if programs asked for it. Closing ends the object and its line, also where a failure ended the
     * list.
     */
    final class JsonList implements AutoCloseable {

        private String separator = "";

        private JsonList(String key) {
            print("{" + key + ":[");
        }

        void add(Object element) {
            print(separator + Json.writeLine(element));
            separator = ",";
        }

        private void print(String part) {
            if (json) {
                command.commandLine().getOut().print(part);
                command.commandLine().getOut().flush();
            }
        }

        @Override
        public void close() {
            print("]}\n");
        }
    }
}
