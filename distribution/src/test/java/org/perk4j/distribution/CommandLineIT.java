package org.perk4j.distribution;

import static java.util.stream.Collectors.groupingBy;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.formats.Json;

/** The command line as users meet it. */
class CommandLineIT {

    @Test
    void listsEveryPluginAsOneJsonObjectOnTheLastLine() throws Exception {
        Perk perk = Perk.run("plugins", "--json");
        assertEquals(0, perk.exitCode(), perk.err());
        assertEquals(perk.out().strip(), perk.lastLine(), "nothing else on standard output");
        List<?> plugins = (List<?>) Json.parseObject(perk.lastLine()).get("plugins");
        Map<?, ?> lora = (Map<?, ?>) plugins.stream()
                .filter(plugin -> "lora".equals(((Map<?, ?>) plugin).get("type"))).findFirst().orElseThrow();
        assertEquals("adapter", lora.get("kind"));
        assertEquals("org.perk4j.adapter.lora", lora.get("bundle"));
        for (Object listed : plugins) {
            Map<?, ?> plugin = (Map<?, ?>) listed;
            if (!"org.perk4j.backend.cuda".equals(plugin.get("bundle")) || List.of().equals(plugin.get("reasons"))) {
                assertEquals("ready", plugin.get("state"), plugin.toString());
            }
        }
    }

    @Test
    void doctorFindsThisMachineSound() throws Exception {
        Perk perk = Perk.run("doctor", "--json");
        assertEquals(0, perk.exitCode(), perk.err());
        Map<?, ?> answer = Json.parseObject(perk.lastLine());
        assertEquals(true, answer.get("sound"), perk.err());
        Map<Object, List<Map<?, ?>>> bySubject = ((List<?>) answer.get("findings")).stream()
                .map(finding -> (Map<?, ?>) finding).collect(groupingBy(finding -> finding.get("subject")));
        assertEquals(Set.of("Java", "ND4J", "CUDA"), bySubject.keySet());
        for (Map<?, ?> finding : bySubject.get("CUDA")) {
            assertTrue("OK".equals(finding.get("level")) || !"".equals(finding.get("remedy")), finding.toString());
        }
    }

    @Test
    void doctorNamesWhatIsMissingForAGpu(@TempDir Path driver) throws Exception {
        Files.createFile(driver.resolve("libcuda.so.1"));
        Perk perk = Perk.run(Perk.INSTALLATION, Map.of("LD_LIBRARY_PATH", driver.toString()), "doctor");
        assertEquals(1, perk.exitCode(), perk.out());
        assertTrue(perk.out().contains("no libcublas.so.13") && perk.out().contains("linux-x86_64-redist-cublas"),
                perk.out());
    }

    /** Just few enough weights to be let begin with so small a heap, and too many to end. */
    @Test
    void saysHowToGetMoreHeap(@TempDir Path folder) throws Exception {
        Path job = Files.writeString(folder.resolve("job.json"), """
                {"model": {"type": "gpt2", "n_embd": 224, "n_layer": 6, "n_head": 7, "n_positions": 64},
                 "tokenizer": "%s", "stages": [{"steps": 1, "sources": [{"files": ["%s"]}]}],
                 "validation": {"episodes": 1}, "output": "%s"}
                """.formatted(Perk.INSTALLATION.resolve("quickstart/base"),
                Files.writeString(folder.resolve("text.txt"), "Some words. ".repeat(100)), folder.resolve("base")));
        Perk perk = Perk.run(Perk.INSTALLATION, Map.of("PERK_JAVA_OPTS", "-Xmx100m"), "pretrain", job.toString());
        assertEquals(5, perk.exitCode(), perk.out());
        assertTrue(perk.err().contains("perk: out of memory (Java heap space)") && perk.err().contains("-Xmx4g"),
                perk.err());
        assertFalse(perk.err().contains("\tat "), perk.err());
    }

    @Test
    void tellsItsVersion() throws Exception {
        Perk perk = Perk.run("--version");
        assertEquals(0, perk.exitCode(), perk.err());
        assertTrue(perk.out().startsWith("Perk4J 0."), perk.out());
    }

    @Test
    void suggestsTheNearestCommand() throws Exception {
        Perk perk = Perk.run("plugn");
        assertEquals(2, perk.exitCode());
        assertTrue(perk.err().contains("perk plugin"), perk.err());
        assertEquals("", perk.out());
    }

    @Test
    void suggestsTheNearestOption() throws Exception {
        Perk perk = Perk.run("plugins", "--jsn");
        assertEquals(2, perk.exitCode());
        assertTrue(perk.err().contains("--json"), perk.err());
    }

    @Test
    void teachesWithoutArguments() throws Exception {
        Perk perk = Perk.run();
        assertEquals(2, perk.exitCode());
        assertTrue(perk.err().contains("Exit codes:") && perk.err().contains("plugins"), perk.err());
    }

    /** Options of one command each, that another doesn't have. */
    private static final Map<String, String> SPECIAL = Map.ofEntries(Map.entry("ask", "--top-p"),
            Map.entry("doctor", "--json"), Map.entry("encode", "--segment-tokens"), Map.entry("evaluate", "JOB"),
            Map.entry("job", "submit"),
            Map.entry("merge", "--output"), Map.entry("model", "get"), Map.entry("plugin", "check"),
            Map.entry("plugins", "--json"), Map.entry("pretrain", "--resume"), Map.entry("quickstart", "--contexts"),
            Map.entry("rekey", "--data"),
            Map.entry("serve", "--max-loaded"), Map.entry("shell", "--help"), Map.entry("study", "--preset"),
            Map.entry("train", "--resume"));

    @Test
    void helpsWithEachCommand() throws Exception {
        Perk all = Perk.run("--help");
        assertEquals(0, all.exitCode(), all.err());
        List<String> commands = all.out().lines().dropWhile(line -> !line.startsWith("Commands"))
                .skip(1).takeWhile(line -> !line.isBlank()).filter(line -> line.matches("  \\w.*"))
                .map(line -> line.strip().split(" ")[0]).toList();
        assertEquals(SPECIAL.keySet().stream().sorted().toList(), commands, all.out());
        for (String command : commands) {
            Perk help = Perk.run(command, "--help");
            assertEquals(0, help.exitCode(), help.err());
            assertTrue(help.out().startsWith("Usage: perk " + command), help.out());
            assertTrue(help.out().contains(SPECIAL.get(command)), help.out());
        }
    }

    @Test
    void theShellRunsEachLineOnTheFramework() throws Exception {
        Perk perk = Perk.shell(Perk.INSTALLATION, "lb", "nonsense", "scr:list", "perk plugins",
                "perk plugins --json", "exit", "headers 0");
        assertEquals(1, perk.exitCode(), "one line failed: " + perk.err());
        assertTrue(perk.out().lines().anyMatch(line -> line.contains("Active") && line.contains("Perk4J Commands")),
                perk.out());
        assertTrue(perk.out().contains("org.perk4j.adapter.lora.Lora"), perk.out());
        assertTrue(perk.out().lines().anyMatch(line -> line.startsWith("adapter") && line.contains("ready")), perk.out());
        assertTrue(perk.out().lines().anyMatch(line -> line.startsWith("{\"plugins\"")), perk.err());
        assertTrue(perk.err().contains("nonsense"), "what failed is named: " + perk.err());
        assertFalse(perk.out().contains("Bundle-SymbolicName"), "exit ended it: " + perk.out());
    }

    @Test
    void printsNoStackTraces() throws Exception {
        for (String[] arguments : new String[][] {{"--version"}, {"nonsense"}, {"plugins", "--json"}}) {
            Perk perk = Perk.run(arguments);
            assertFalse(perk.err().contains("\tat "), perk.err());
        }
    }
}
