package org.perk4j.commands;

import java.util.ArrayList;
import java.util.List;
import org.osgi.service.component.annotations.Component;
import org.perk4j.plugin.Diagnosis;

/** The JVM and what it may use. */
@Component
public final class JavaDiagnosis implements Diagnosis {

    private static final String VECTORS = "jdk.incubator.vector";

    @Override
    public String subject() {
        return "Java";
    }

    @Override
    public List<Finding> findings() {
        List<Finding> findings = new ArrayList<>();
        Runtime runtime = Runtime.getRuntime();
        findings.add(Finding.ok("Java " + Runtime.version() + " (" + System.getProperty("java.vm.name") + ") on "
                + System.getProperty("os.name") + " " + System.getProperty("os.arch")));
        findings.add(Finding.ok(runtime.availableProcessors() + " processors, a heap of at most "
                + (runtime.maxMemory() >> 20) + " MiB"));
        findings.add(ModuleLayer.boot().findModule(VECTORS).isPresent() ? Finding.ok("the Vector API is there")
                : new Finding(Level.PROBLEM, "no Vector API (module " + VECTORS + "): the backend nd4j is slow",
                        "use a JDK 17 to 21 that has it, and start with bin/perk"));
        return findings;
    }
}
