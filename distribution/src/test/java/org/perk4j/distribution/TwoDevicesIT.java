package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.perk4j.backend.Backend;
import org.perk4j.backend.Compute;
import org.perk4j.formats.Json;
import org.perk4j.formats.Safetensors;
import org.perk4j.runtime.Installation;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * The distribution as shipped on two GPUs. What it takes for CUDA is the emulation that the tests of plugins/backend-cuda
 * make: it stands in LD_LIBRARY_PATH, where CUDA may stand as well.
 */
class TwoDevicesIT {

    private static final Path EMULATION = Path.of(System.getProperty("perk.cuda.emulation"));

    private static final Map<String, String> TWO = Map.of("LD_LIBRARY_PATH", EMULATION.toString(), "EMULATED_DEVICES", "2");

    private static final String RECORD = "Student Id: 3109998, Student Name: Alison Keith, Year: Sophomore, "
            + "School: School of Engineering, Major: Civil Engineering, Grade: 72";

    @TempDir
    private Path folder;

    private Path record;

    @BeforeAll
    static void find() {
        assumeTrue(Files.exists(EMULATION.resolve("libcublas.so.13")), "skipped: no emulation of CUDA in " + EMULATION
                + ": the tests of plugins/backend-cuda make it, with g++ (Debian: apt-get install g++)");
    }

    @BeforeEach
    void write() throws IOException {
        record = Files.writeString(folder.resolve("record.txt"), RECORD);
    }

    /** The second device is lost when it is asked for so many kernels. */
    private static Map<String, String> losing(int kernels) {
        return Stream.concat(TWO.entrySet().stream(), Stream.of(Map.entry("EMULATED_LOSS", "1:" + kernels)))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    private static Perk succeeds(String... command) throws Exception {
        Perk perk = Perk.run(Perk.INSTALLATION, TWO, command);
        assertEquals(0, perk.exitCode(), perk.out() + perk.err());
        return perk;
    }

    private String encode(String memory, String backend) {
        return "encode " + record + " -o " + folder.resolve(memory) + " --backend " + backend;
    }

    /** @return the types that the bundle has ready, by the answer of {@code perk plugins --json} */
    private static TreeSet<String> ready(String plugins) throws IOException {
        return ((List<?>) Json.parseObject(plugins).get("plugins")).stream().map(plugin -> (Map<?, ?>) plugin)
                .filter(plugin -> plugin.get("bundle").equals("org.perk4j.backend.cuda")
                        && plugin.get("state").equals("ready"))
                .map(plugin -> plugin.get("kind") + " " + plugin.get("type")).collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void bothAreListed() throws Exception {
        assertEquals(new TreeSet<>(List.of("backend cuda", "backend cuda-bf16", "backend cuda-tf32", "backend cuda:1",
                        "backend cuda:1-bf16", "backend cuda:1-tf32")),
                ready(succeeds("plugins", "--json").lastLine()));
        String found = succeeds("doctor").out();
        for (String device : new String[] {"cuda", "cuda:1"}) {
            assertTrue(found.contains(" " + device + ": emulated device") && found.contains(" " + device + " has "), found);
        }
    }

    @Test
    void theSecondComputesWhatTheFirstDoes() throws Exception {
        succeeds(encode("first", "cuda").split(" "));
        succeeds(encode("second", "cuda:1").split(" "));
        try (Safetensors first = Safetensors.open(folder.resolve("first/adapter_model.safetensors"));
             Safetensors second = Safetensors.open(folder.resolve("second/adapter_model.safetensors"))) {
            assertFalse(first.names().isEmpty());
            for (String name : first.names()) {
                assertArrayEquals(first.read(name), second.read(name), name);
            }
        }
        assertEquals("72", succeeds("ask", folder.resolve("second").toString(),
                "What is the grade of the student with ID 3109998?", "--backend", "cuda:1").out().strip());
    }

    /** In the second step both episodes at once. */
    @Test
    void trainsOnTheSecond() throws Exception {
        Path job = Files.writeString(folder.resolve("job.json"), """
                {"base": "%s", "output": "%s", "adapter": {"type": "lora", "rank": 2}, "backend": "cuda:1",
                 "objective": {"type": "perk", "steps": 1},
                 "validation": {"episodes": 1, "answers": 1, "answerTokens": 1},
                 "stages": [{"steps": 2, "episodes": 2,
                   "task": {"type": "student-records", "records": 2, "questions": 1}}]}"""
                .formatted(Perk.INSTALLATION.resolve("quickstart/base"), folder.resolve("trained")));
        Map<String, Object> outcome = Json.parseObject(succeeds("train", job.toString(), "--json").lastLine());
        assertEquals(List.of(true, 2.0), List.of(outcome.get("finished"), outcome.get("steps")));
    }

    @Test
    void aLostOneIsWithdrawn() throws Exception {
        Perk perk = Perk.shell(Perk.INSTALLATION, losing(100), "perk plugins --json", "perk " + encode("lost", "cuda:1"),
                "perk plugins --json", "perk doctor", "perk " + encode("refused", "cuda:1"),
                "perk " + encode("kept", "cuda"));
        List<String> plugins = perk.out().lines().filter(line -> line.startsWith("{")).toList();
        assertEquals(2, plugins.size(), perk.out() + perk.err());
        assertTrue(ready(plugins.get(0)).contains("backend cuda:1"), plugins.get(0));
        assertEquals(new TreeSet<>(List.of("backend cuda", "backend cuda-bf16", "backend cuda-tf32")),
                ready(plugins.get(1)));
        assertTrue(perk.err().contains("emulated device, compute capability 8.0 can't be used any more after "
                + "CUDA_ERROR_LAUNCH_FAILED"), perk.err());
        assertTrue(perk.out().contains("cuda:1 was lost: see the log for the reason, and start perk again"), perk.out());
        assertTrue(perk.err().contains("no backend of type \"cuda:1\" is installed; there are cuda"), perk.err());
        assertEquals(List.of(false, false, true), Stream.of("lost", "refused", "kept")
                .map(memory -> Files.exists(folder.resolve(memory).resolve("adapter_model.safetensors"))).toList());
    }

    @Test
    void theOtherGoesOnWithWhatItHas() throws Exception {
        Path jar = Files.write(folder.resolve("both.jar"), new TestBundle("com.example.both").code(Both.class)
                .header("Bundle-Activator", Both.class.getName()).jar());
        int number = new Installation(Perk.INSTALLATION).bundles().size() + 1; // the next
        Perk perk = Perk.shell(Perk.INSTALLATION, losing(50), "install " + jar.toUri(), "start " + number);
        assertTrue(perk.out()
                .contains("[cuda, cuda-bf16, cuda-tf32, cuda:1, cuda:1-bf16, cuda:1-tf32]\n"
                        + "[cuda, cuda-bf16, cuda-tf32]\n[19.0, 22.0, 43.0, 50.0]"),
                perk.out() + perk.err());
    }

    /** Runs inside, when its bundle starts: a computation on each device, and the first one after the other is lost. */
    public static final class Both implements BundleActivator {

        @Override
        public void start(BundleContext context) throws InvalidSyntaxException {
            try (Compute first = open(context, "cuda"); Compute second = open(context, "cuda:1")) {
                Tensor a = first.constant(new Shape(2, 2), 1, 2, 3, 4);
                Tensor lost = second.constant(new Shape(2, 2), 1, 2, 3, 4);
                System.out.println(types(context));
                try {
                    while (true) {
                        second.free(second.matmul(lost, second.add(lost, lost)));
                    }
                } catch (RuntimeException e) {
                    System.out.println(types(context));
                }
                System.out.println(Arrays.toString(
                        first.download(first.matmul(a, first.constant(new Shape(2, 2), 5, 6, 7, 8)))));
            }
        }

        private static Compute open(BundleContext context, String type) throws InvalidSyntaxException {
            return context.getService(context.getServiceReferences(Backend.class, "(type=" + type + ")").iterator().next())
                    .open(DType.FLOAT32);
        }

        private static List<String> types(BundleContext context) throws InvalidSyntaxException {
            return context.getServiceReferences(Backend.class, "(type=cuda*)").stream()
                    .map(reference -> (String) reference.getProperty("type")).sorted().toList();
        }

        @Override
        public void stop(BundleContext context) {
            // it has nothing left
        }
    }
}
