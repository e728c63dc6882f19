package org.perk4j.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.backend.Backend;
import org.perk4j.backend.Compute;
import org.perk4j.memory.Memory;
import org.perk4j.tensor.DType;

/**
 * As a program has it, on the class path of one that has other libraries of the names that Perk4J has inside: see the other
 * packages here.
 */
class PerkIT {

    private static final String TEMPORARY = "java.io.tmpdir";

    @TempDir
    private Path folder;

    private String temporaryBefore;

    @BeforeEach
    void useFolder() throws IOException {
        temporaryBefore = System.setProperty(TEMPORARY, Files.createDirectory(folder.resolve("tmp")).toString());
    }

    @AfterEach
    void leaveNothing() throws IOException {
        System.setProperty(TEMPORARY, temporaryBefore);
        try (Stream<Path> left = Files.list(folder.resolve("tmp"))) {
            assertEquals(List.of(), left.toList());
        }
    }

    @Test
    void encodesAndAsks() throws Exception {
        try (Perk perk = Perk.start(); Base base = Quickstart.base(perk)) {
            Memory first = base.encode(Quickstart.text(0));
            Memory second = base.encode(Quickstart.text(1));
            for (int student = 0; student < 3; student++) {
                assertEquals(Quickstart.year(student, 0), base.ask(first, Quickstart.question(student)));
                assertEquals(Quickstart.year(student, 1), base.ask(second, Quickstart.question(student)));
            }
            perk.save(first, folder.resolve("memory"));
        }
        assertTrue(Files.exists(folder.resolve("memory/adapter_config.json")));
        try (Perk perk = Perk.start(); Base base = perk.base(Quickstart.BASE)) {
            Memory read = perk.load(folder.resolve("memory"));
            assertEquals(Quickstart.year(0, 0), base.ask(read, Quickstart.question(0)));
            String message = assertThrows(IllegalStateException.class, () -> base.encode("A text")).getMessage();
            assertTrue(message.contains("open the base with a trained adapter"), message);
        }
    }

    /** As the commands and the service find it: by the base that it was trained with, whatever its name. */
    @Test
    void theAdapterOfABaseIsFoundWhereTheUserHasIt() throws Exception {
        Path adapters = Path.of(System.getenv("XDG_DATA_HOME"), "perk4j", "adapters");
        Files.createDirectories(adapters);
        Path ofAnother = Files.createDirectory(adapters.resolve("another"));
        Path mine = Files.createSymbolicLink(adapters.resolve("mine"), Quickstart.ADAPTER.toAbsolutePath());
        Path manifest = ofAnother.resolve("perk4j.json");
        try (Perk perk = Perk.start(); Base base = perk.base(Quickstart.BASE)) {
            Files.writeString(manifest, Files.readString(Quickstart.ADAPTER.resolve("perk4j.json"))
                    .replaceFirst("\"baseFingerprint\": \"....", "\"baseFingerprint\": \"0000"));
            Memory memory = base.encode(Quickstart.text(0));
            assertEquals(Quickstart.year(0, 0), base.ask(memory, Quickstart.question(0)));
        } finally {
            Files.delete(mine);
            Files.deleteIfExists(manifest);
            Files.delete(ofAnother);
        }
    }

    @Test
    void answersAreReadAsTheyGrow() throws Exception {
        try (Perk perk = Perk.start(); Base base = Quickstart.base(perk)) {
            Memory memory = base.encode(Quickstart.text(0));
            Query query = Query.of(memory, "What major is student with ID " + Quickstart.IDS.get(0) + " studying?");

            List<String> pieces = new ArrayList<>();
            Answer whole = base.answer(query, pieces::add);
            assertEquals(Quickstart.MAJOR, whole.text());
            assertEquals(Quickstart.MAJOR, String.join("", pieces));
            assertTrue(pieces.size() > 1, pieces.toString());
            assertEquals(Answer.End.COMPLETE, whole.end());
            assertTrue(whole.promptTokens() > 10 && whole.tokens() >= pieces.size(), whole.toString());

            assertEquals(Answer.End.LIMIT, base.answer(query.tokens(1)).end());
            assertEquals(Answer.End.STOPPED, base.answer(query, piece -> false).end());
            Answer stopped = base.answer(query.stops(List.of("ter S")));
            assertEquals("Compu", stopped.text());
            assertEquals(Answer.End.COMPLETE, stopped.end());
            assertEquals(base.answer(query.drawn(2, 1, 7)).text(), base.answer(query.drawn(2, 1, 7)).text());

            Query.Turn turn = new Query.Turn(Quickstart.question(1), Quickstart.year(1, 0));
            assertTrue(base.answer(query.after(List.of(turn))).promptTokens() > whole.promptTokens());
            assertNotEquals(Quickstart.MAJOR, base.answer(Query.of(query.question()).tokens(8)).text(),
                    "the base knows no records");
        }
    }

    @Test
    void manyThreadsAskAtOnce() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(6);
        try (Perk perk = Perk.start(); Base base = Quickstart.base(perk)) {
            List<Memory> memories = List.of(base.encode(Quickstart.text(0)), base.encode(Quickstart.text(1)));
            List<Future<String>> answers = new ArrayList<>();
            List<String> expected = new ArrayList<>();
            for (int i = 0; i < 24; i++) {
                int student = i % 3;
                int shift = i / 3 % 2;
                expected.add(Quickstart.year(student, shift));
                answers.add(threads.submit(() -> base.ask(memories.get(shift), Quickstart.question(student))));
            }
            List<String> found = new ArrayList<>();
            for (Future<String> answer : answers) {
                found.add(answer.get());
            }
            assertEquals(expected, found);
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void twoAtOnceAndOneAfterTheOtherLeaveNothing() throws Exception {
        String question = Quickstart.question(0);
        Set<String> before = threads();
        List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
        for (int time = 0; time < 2; time++) {
            try (Perk one = Perk.start(); Perk other = Perk.start();
                    Base first = Quickstart.base(one); Base second = Quickstart.base(other)) {
                Memory memory = first.encode(Quickstart.text(time));
                assertEquals(Quickstart.year(0, time), first.ask(memory, question));
                assertEquals(Quickstart.year(0, time), second.ask(memory, question), "the API's types are everybody's");
                loaders.add(new WeakReference<>(first.getClass().getClassLoader()));
                loaders.add(new WeakReference<>(second.getClass().getClassLoader()));
            }
        }
        await(() -> loaders.stream().allMatch(loader -> loader.get() == null),
                () -> "something holds on to classes of what was closed: " + loaders);
        await(() -> threads().equals(before), () -> before + " became " + threads());
    }

    private static Set<String> threads() {
        return Thread.getAllStackTraces().keySet().stream().filter(Thread::isAlive).map(Thread::getName)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static void await(BooleanSupplier condition, Supplier<String> otherwise) throws Exception {
        for (int i = 0; i < 100 && !condition.getAsBoolean(); i++) {
            System.gc();
            Thread.sleep(100);
        }
        assertTrue(condition.getAsBoolean(), otherwise);
    }

    @Test
    void whatIsClosedSaysSo() throws Exception {
        Perk perk = Perk.start();
        Base base = Quickstart.base(perk);
        Memory memory = base.encode(Quickstart.text(0));
        perk.close();
        perk.close();
        base.close();
        assertTrue(assertThrows(IllegalStateException.class, () -> base.ask(memory, "Who?")).getMessage()
                .contains("closed"));
        assertTrue(assertThrows(IllegalStateException.class, () -> perk.base(Quickstart.BASE)).getMessage()
                .contains("closed"));
    }

    @Test
    void whatCannotBeUsedIsNamed() throws Exception {
        Path nowhere = folder.resolve("nowhere.jar");
        assertTrue(assertThrows(IOException.class, () -> Perk.start(nowhere)).getMessage().contains("nowhere.jar"));
        try (Perk perk = Perk.start()) {
            assertTrue(assertThrows(IOException.class, () -> perk.base(folder)).getMessage()
                    .contains(folder.toString()));
            assertTrue(assertThrows(IOException.class, () -> perk.base(Quickstart.BASE, folder)).getMessage()
                    .contains("perk train"));
            assertTrue(assertThrows(IllegalArgumentException.class, () -> perk.base(Quickstart.BASE, null, "abacus"))
                    .getMessage().contains("there are java, nd4j"));
            try (Base base = Quickstart.base(perk)) {
                NotTakenUpException thrown = assertThrows(NotTakenUpException.class,
                        () -> base.encode(Files.readString(Path.of("../docs/concepts.md")).substring(0, 3_000)));
                assertEquals(base.ask(thrown.memory(), "What?"), base.ask(thrown.memory(), "What?"));
            }
        }
    }

    /** In a bundle of its own; told apart from the others by what it throws. */
    public static final class Abacus implements Backend {

        @Override
        public String device() {
            return "beads";
        }

        @Override
        public Compute open(DType dtype) {
            throw new UnsupportedOperationException("an abacus takes long");
        }
    }

    @Test
    void aPluginIsTakenFromItsJar() throws Exception {
        Path jar = folder.resolve("abacus.jar");
        write(jar);
        try (Perk perk = Perk.start(jar)) {
            assertTrue(assertThrows(UnsupportedOperationException.class, () -> perk.base(Quickstart.BASE, null, "abacus"))
                    .getMessage().contains("an abacus takes long"));
        }
    }

    private static void write(Path jar) throws IOException {
        Manifest manifest = new Manifest();
        Attributes headers = manifest.getMainAttributes();
        headers.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        headers.putValue("Bundle-ManifestVersion", "2");
        headers.putValue("Bundle-SymbolicName", "com.example.abacus");
        headers.putValue("Import-Package", "org.perk4j.backend,org.perk4j.tensor");
        headers.putValue("Provide-Capability", "perk4j.plugin;kind=backend;type=abacus");
        headers.putValue("Service-Component", "OSGI-INF/abacus.xml");
        String path = Abacus.class.getName().replace('.', '/') + ".class";
        try (OutputStream file = Files.newOutputStream(jar); JarOutputStream out = new JarOutputStream(file, manifest)) {
            out.putNextEntry(new JarEntry("OSGI-INF/abacus.xml"));
            out.write("""
                    <component xmlns="http://www.osgi.org/xmlns/scr/v1.3.0" name="abacus">
                      <implementation class="%s"/>
                      <service><provide interface="%s"/></service>
                      <property name="type" value="abacus"/>
                    </component>
                    """.formatted(Abacus.class.getName(), Backend.class.getName()).getBytes());
            out.putNextEntry(new JarEntry(path));
            out.write(Abacus.class.getClassLoader().getResourceAsStream(path).readAllBytes());
        }
    }
}
