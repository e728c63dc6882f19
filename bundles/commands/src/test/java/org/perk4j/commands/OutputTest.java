package org.perk4j.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.perk4j.training.TrainingOutcome;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;

class OutputTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @CommandLine.Command
    private static final class Train {

        @Mixin
        private Output output;
    }

    @Test
    void aTrainingThatWasStoppedIsNotDone() {
        assertEquals(Command.OK, output().trained(outcome("run", true)));
        assertEquals("run: done after 7 steps\n", out.toString());
        assertEquals(Command.STOPPED, output("--json").trained(outcome("run", false)));
        assertEquals("run: stopped after 7 steps; go on with --resume\n", err.toString());
        assertTrue(out.toString().endsWith("\"seconds\":2}\n"), out.toString());
    }

    @Test
    void whatIsQuotedStaysWithinItsLine() {
        output().trained(outcome("evil\nperk: all is well", true));
        output().table(List.of("A", "B"), List.of(List.of("x\ny", "z"), List.of("\u001b[2J", "z")));
        assertEquals("evil\\nperk: all is well: done after 7 steps\nA          B\nx\\ny       z\n\\u001b[2J  z\n",
                out.toString());
    }

    /** Of an input without an end, nothing may be kept until one. */
    @Test
    void aListIsPrintedAsItGrows() {
        try (Output.JsonList none = output().jsonList("answers")) {
            none.add("not asked for");
        }
        assertEquals("", out.toString());
        try (Output.JsonList list = output("--json").jsonList("answers")) {
            list.add(Map.of("answer", "10"));
            assertEquals("{\"answers\":[{\"answer\":\"10\"}", out.toString());
            list.add(Map.of("answer", "72"));
            assertEquals("{\"answers\":[{\"answer\":\"10\"},{\"answer\":\"72\"}", out.toString());
        }
        assertEquals("{\"answers\":[{\"answer\":\"10\"},{\"answer\":\"72\"}]}\n", out.toString());
        output("--json").jsonList("answers").close();
        assertTrue(out.toString().endsWith("\n{\"answers\":[]}\n"), out.toString());
    }

    private Output output(String... arguments) {
        Train command = new Train();
        new CommandLine(command).setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true)).parseArgs(arguments);
        return command.output;
    }

    private static TrainingOutcome outcome(String folder, boolean finished) {
        return new TrainingOutcome(Path.of(folder), finished, 7, 5, 0.5, 0.25, 100, 2);
    }
}
