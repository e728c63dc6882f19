package org.perk4j.commands;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.osgi.service.component.ComponentServiceObjects;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ServiceScope;
import org.perk4j.plugin.Diagnosis;
import org.perk4j.plugin.Diagnosis.Finding;
import org.perk4j.plugin.Diagnosis.Level;
import org.perk4j.registry.PluginState;
import org.perk4j.registry.PluginStates;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;

/** Checks this machine: prints what every {@link Diagnosis} finds, and which plugins don't run. */
@Component(service = Command.class, scope = ServiceScope.PROTOTYPE, property = Command.NAME + "=doctor")
@CommandLine.Command(name = "doctor", mixinStandardHelpOptions = true,
        description = {
            "Reports what this machine can compute on, what is missing, and how to fix that.",
            "Exit code 1 if something doesn't work; a missing device is no failure."})
public final class DoctorCommand implements Command {

    /** Made only when asked: some load native libraries for that. */
    private final List<ComponentServiceObjects<Diagnosis>> diagnoses;
    private final PluginStates plugins;

    @Mixin
    private Output output;

    /** Called by Declarative Services. */
    @Activate
    public DoctorCommand(
            @Reference(service = Diagnosis.class) List<ComponentServiceObjects<Diagnosis>> diagnoses,
            @Reference PluginStates plugins) {
        this.diagnoses = diagnoses;
        this.plugins = plugins;
    }

    /** A finding and whom it is from. */
    record Row(String subject, Level level, String message, String remedy) {

        Row(String subject, Finding finding) {
            this(subject, finding.level(), finding.message(), finding.remedy());
        }
    }

    @Override
    public Integer call() {
        List<Row> rows = rows();
        output.table(List.of("", "ABOUT", "FINDING"), rows.stream()
                .map(row -> List.of(mark(row.level), row.subject,
                        row.remedy.isEmpty() ? row.message : row.message + ": " + row.remedy))
                .toList());
        boolean sound = rows.stream().noneMatch(row -> row.level == Level.PROBLEM);
        output.json(Map.of("sound", sound, "findings", rows));
        return sound ? OK : FAILURE;
    }

    private List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        diagnoses.stream().flatMap(offer -> rows(offer).stream()).sorted(Comparator.comparing(Row::subject))
                .forEach(rows::add);
        plugins.all().stream().filter(PluginState::isBroken)
                .filter(plugin -> plugin.reason() == null
                        || rows.stream().noneMatch(row -> plugin.reason().contains(row.message))) // explained already
                .forEach(plugin -> rows.add(new Row("plugins", unready(plugin))));
        return rows;
    }

    private static List<Row> rows(ComponentServiceObjects<Diagnosis> offer) {
        Diagnosis diagnosis = offer.getService();
        if (diagnosis == null) {
            return List.of(); // it failed, which its plugin's state tells
        }
        try {
            return findings(diagnosis).stream().map(finding -> new Row(diagnosis.subject(), finding)).toList();
        } finally {
            offer.ungetService(diagnosis);
        }
    }

    /** A plugin whose diagnosis fails doesn't keep the others' from being printed. */
    private static List<Finding> findings(Diagnosis diagnosis) {
        try {
            return diagnosis.findings();
        } catch (RuntimeException | LinkageError e) {
            return List.of(new Finding(Level.PROBLEM, "the diagnosis failed: " + e, ""));
        }
    }

    private static Finding unready(PluginState plugin) {
        return new Finding(Level.PROBLEM, plugin + (plugin.reason() == null ? "" : ": " + plugin.reason()), "");
    }

    private static String mark(Level level) {
        return switch (level) {
            case OK -> "ok";
            case ABSENT -> "-";
            case PROBLEM -> "!!";
        };
    }
}
