package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.data.Tokenizer;
import org.perk4j.data.TokenizerFormat;
import org.perk4j.model.Model;
import org.perk4j.model.ModelType;
import org.perk4j.optimizer.ElementwiseOptimizer;
import org.perk4j.optimizer.InnerOptimizer;
import org.perk4j.optimizer.OptimizerType;
import org.perk4j.plugin.NoOptions;
import org.perk4j.plugin.Option;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/** {@code perk plugin}: what it says of plugins, and what it does with their jars. */
class PluginCommandIT {

    private static final String NAME = "com.example.still";

    @TempDir
    private Path folder;

    private Path installation;

    @BeforeEach
    void install() throws IOException {
        installation = Perk.copy(folder.resolve("perk"));
    }

    /** Gradient descent; or, where the factor is no number, nothing of use. */
    public record Descent(double factor) implements ElementwiseOptimizer {

        @Override
        public int slots() {
            return 0;
        }

        @Override
        public Direction direction(Ops ops, int step, Tensor parameter, Tensor gradient, List<Tensor> state) {
            return new Direction(ops.scale(gradient, factor), List.of());
        }
    }

    /** An optimizer that works. */
    public static final class Still implements OptimizerType<Still.Options> {

        public record Options(@Option(help = "of nothing", value = "0.5") double share) {
        }

        @Override
        public Class<Options> options() {
            return Options.class;
        }

        @Override
        public InnerOptimizer create(Options options) {
            return new Descent(1);
        }
    }

    /** One whose steps lead nowhere. */
    public static final class Astray implements OptimizerType<Still.Options> {

        @Override
        public Class<Still.Options> options() {
            return Still.Options.class;
        }

        @Override
        public InnerOptimizer create(Still.Options options) {
            return new Descent(Double.NaN);
        }
    }

    /** One whose options no job could give. */
    public static final class Odd implements OptimizerType<Odd.Options> {

        public record Options(@Option(help = "of nothing", value = "much") double share, Object what) {
        }

        @Override
        public Class<Options> options() {
            return Options.class;
        }

        @Override
        public InnerOptimizer create(Options options) {
            return null;
        }
    }

    /** A model that no usual configuration describes. */
    public static final class Particular implements ModelType {

        @Override
        public Model create(Map<String, Object> config) {
            throw new IllegalArgumentException("facets: missing");
        }
    }

    /** A tokenizer with files of its own. */
    public static final class Elsewhere implements TokenizerFormat<NoOptions> {

        @Override
        public Class<NoOptions> options() {
            return NoOptions.class;
        }

        @Override
        public Tokenizer open(Path folder, NoOptions options) throws IOException {
            throw new FileNotFoundException(folder + ": there are no runes.txt");
        }

        @Override
        public List<String> files() {
            return List.of("runes.txt");
        }
    }

    /** That isn't their fault. */
    @Test
    void whatNeedsOtherFilesIsNotTried() throws Exception {
        Perk check = Perk.run(installation, "plugin", "check", write("both.jar", new TestBundle(NAME)
                .header("Bundle-Version", "1.0.0")
                .header("Provide-Capability",
                        "perk4j.plugin;kind=model;type=particular,perk4j.plugin;kind=tokenizer;type=elsewhere")
                .component(Particular.class.getName(), ModelType.class, "particular", "", "").code(Particular.class)
                .component(Elsewhere.class.getName(), TokenizerFormat.class, "elsewhere", "", "").code(Elsewhere.class))
                .toString());
        assertEquals(0, check.exitCode(), check.err());
        assertTrue(check.out().contains("  model particular: not tried, as it needs other keys of config.json than those"
                + " that most models have: facets: missing"), check.out());
        assertTrue(check.out().contains("  tokenizer elsewhere: not tried, as it needs other files than a model from"
                + " Hugging Face has: ") && check.out().contains("there are no runes.txt"), check.out());
    }

    @Test
    void checksInstallsExplainsListsAndRemoves() throws Exception {
        Path jar = write("still.jar", still());
        Perk check = Perk.run(installation, "plugin", "check", jar.toString());
        assertEquals(0, check.exitCode(), check.err());
        List<String> lines = check.out().lines().toList();
        assertEquals(List.of(NAME + " 1.0.0 resolves and starts:", "  optimizer still of " + NAME + " 1.0.0 is ready"),
                lines.subList(0, 2));
        assertTrue(lines.get(2).matches("  optimizer still: a step of training with it: loss \\d\\.\\d+, "
                + "a finite gradient of \\d+ tensors"), lines.get(2));
        assertEquals(List.of("README.txt"), names(), "nothing was changed");

        Perk install = Perk.run(installation, "plugin", "install", jar.toString());
        assertEquals(0, install.exitCode(), install.err());
        assertEquals("Installed " + NAME + " 1.0.0", install.lastLine());

        Perk why = Perk.run(installation, "plugin", "why", "still");
        assertEquals(0, why.exitCode(), why.err());
        assertTrue(why.out().contains("optimizer still of " + NAME + " 1.0.0 is ready")
                && why.out().contains("\"optimizer\": {\"type\": \"still\"}")
                && why.out().lines().anyMatch(line -> line.matches(" +share +number +default 0.5 +of nothing")), why.out());

        Perk replace = Perk.run(installation, "plugin", "install",
                write("still-2.jar", still().header("Bundle-Version", "2.0.0")).toString());
        assertEquals("Installed " + NAME + " 2.0.0, in place of still.jar", replace.lastLine(), replace.err());
        String list = Perk.run(installation, "plugin", "list").out();
        assertEquals(list, Perk.run(installation, "plugins").out());
        assertTrue(list.lines().anyMatch(row -> row.matches("optimizer +still +2\\.0\\.0 +" + NAME + " +ready")), list);

        Perk remove = Perk.run(installation, "plugin", "remove", NAME);
        assertEquals("Removed still-2.jar", remove.lastLine(), remove.err());
        assertEquals(List.of("README.txt"), names());
    }

    @Test
    void whatIsShippedIsExplainedAndStays() throws Exception {
        Perk why = Perk.run(installation, "plugin", "why", "lora");
        assertEquals(0, why.exitCode(), why.err());
        assertTrue(why.out().startsWith("adapter lora of org.perk4j.adapter.lora ") && why.out().contains("rank"),
                why.out());
        Perk remove = Perk.run(installation, "plugin", "remove", "org.perk4j.adapter.lora");
        assertEquals(1, remove.exitCode());
        assertTrue(remove.err().contains("perk: org.perk4j.adapter.lora was shipped with Perk4J and stays"), remove.err());
        Perk misspelt = Perk.run(installation, "plugin", "why", "lroa");
        assertEquals(1, misspelt.exitCode());
        assertTrue(misspelt.err().contains("perk: no plugin \"lroa\" is installed: there are lora, "), misspelt.err());
    }

    /** As bnd makes the import of one that was built for 0.1, and is not told otherwise: any 0.x would do. */
    @Test
    void onePluginForAnEarlierVersionIsUnresolvedAndNotBroken() throws Exception {
        Path jar = write("old.jar", still().header("Import-Package",
                "org.perk4j.optimizer;version=\"[0.0.1,1)\",org.perk4j.plugin;version=\"[0.0.1,1)\""));
        Perk check = Perk.run(installation, "plugin", "check", jar.toString(), "--json");
        assertEquals(1, check.exitCode());
        assertTrue(check.lastLine().startsWith("{\"sound\":false,\"bundle\":\"" + NAME + "\",\"version\":\"1.0.0\","),
                check.lastLine());
        String reason = "it was built for another version of Perk4J, for org.perk4j.optimizer 0.0 instead of ";
        assertTrue(check.lastLine().contains(reason), check.lastLine());

        Perk refused = Perk.run(installation, "plugin", "install", jar.toString());
        assertEquals(1, refused.exitCode());
        assertTrue(refused.err().contains("perk: " + jar + ": was not installed: " + reason), refused.err());
        assertEquals(List.of("README.txt"), names());

        assertEquals(0, Perk.run(installation, "plugin", "install", jar.toString(), "--force").exitCode());
        Perk list = Perk.run(installation, "plugins");
        assertTrue(list.out().lines().anyMatch(row -> row.contains("still") && row.contains("unresolved: " + reason)),
                list.out());
        Perk why = Perk.run(installation, "plugin", "why", NAME);
        assertEquals(1, why.exitCode());
        assertTrue(why.out().lines().anyMatch(line -> line.startsWith("  " + reason)), why.out());
    }

    @Test
    void saysWhatIsMissingAndWhoWouldHaveIt() throws Exception {
        Files.write(installation.resolve("plugins/middle.jar"), new TestBundle("com.example.middle")
                .header("Bundle-Version", "1.0.0")
                .header("Export-Package", "com.example.middle").header("Import-Package", "com.example.absent").jar());
        Perk check = Perk.run(installation, "plugin", "check",
                write("still.jar", still().header("Import-Package", "com.example.middle")).toString());
        assertEquals(1, check.exitCode());
        assertEquals(List.of(NAME + " 1.0.0 can't be used:",
                "  it needs com.example.middle 1.0.0, which can't be used: nothing here provides the package "
                + "com.example.absent: "
                        + "also install a bundle that exports it"), check.out().lines().toList());
    }

    @Test
    void saysWhatNoJobCouldUse() throws Exception {
        Path odd = write("odd.jar", new TestBundle(NAME).header("Bundle-Version", "1.0.0")
                .header("Provide-Capability", "perk4j.plugin;kind=optimizer;type=odd")
                .component(Odd.class.getName(), OptimizerType.class, "odd", "", "").code(Odd.class));
        assertProblem(odd, "the options of optimizer odd: share: the default of ");
        assertProblem(odd, "the options of optimizer odd: what: a key can't be of type java.lang.Object");
        assertProblem(write("kind.jar", still().header("Provide-Capability", "perk4j.plugin;kind=adpater;type=still")),
                "it provides a adpater, a kind that no job can pick: the kinds are adapter, optimizer, ");
        assertProblem(write("other.jar", still().header("Provide-Capability", "perk4j.plugin;kind=adapter;type=still")),
                "adapter still is unsatisfied: it is announced as adapter but published as optimizer");
        assertProblem(write("astray.jar", new TestBundle(NAME).header("Bundle-Version", "1.0.0")
                .header("Provide-Capability", "perk4j.plugin;kind=optimizer;type=astray")
                .component(Astray.class.getName(), OptimizerType.class, "astray", "", "")
                .code(Astray.class).code(Still.class).code(Descent.class)),
                "optimizer astray: used with its default options: the loss is NaN");
        assertProblem(write("nothing.jar", new TestBundle(NAME)),
                "it provides nothing: mark the plugin's class with @Component");
        assertProblem(Files.writeString(folder.resolve("text.jar"), "no jar"), "it is damaged, or was half copied");
        assertProblem(bundle("org.perk4j.adapter.lora"), "it is a bundle org.perk4j.adapter.lora, which Perk4J has itself");
    }

    private void assertProblem(Path jar, String problem) throws Exception {
        Perk check = Perk.run(installation, "plugin", "check", jar.toString());
        assertEquals(1, check.exitCode(), check.err());
        assertTrue(check.out().contains("  " + problem), check.out());
        assertFalse(check.err().contains("\tat "), check.err());
    }

    private static TestBundle still() throws IOException {
        return new TestBundle(NAME).header("Bundle-Version", "1.0.0")
                .header("Provide-Capability", "perk4j.plugin;kind=optimizer;type=still")
                .component(Still.class.getName(), OptimizerType.class, "still", "", "")
                .code(Still.class).code(Descent.class);
    }

    private Path write(String name, TestBundle bundle) throws IOException {
        return Files.write(folder.resolve(name), bundle.jar());
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(installation.resolve("plugins"))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private Path bundle(String name) throws IOException {
        try (Stream<Path> files = Files.list(installation.resolve("bundles"))) {
            return files.filter(file -> file.getFileName().toString().startsWith(name)).findFirst().orElseThrow();
        }
    }
}
