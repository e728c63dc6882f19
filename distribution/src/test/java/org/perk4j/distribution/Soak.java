package org.perk4j.distribution;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.perk4j.adapter.Adapter;
import org.perk4j.adapter.AdapterType;
import org.perk4j.adapter.dora.Dora;
import org.perk4j.adapter.ia3.Ia3;
import org.perk4j.adapter.lora.Lora;
import org.perk4j.adapter.vera.Vera;
import org.perk4j.distribution.EveryPlugin.Chosen;
import org.perk4j.formats.ModelFolder;
import org.perk4j.memory.Memory;
import org.perk4j.memory.MemoryStore;
import org.perk4j.memory.files.PeftMemoryStore;
import org.perk4j.model.Initial;
import org.perk4j.model.Model;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.gpt2.Gpt2;

/**
 * Clients that ask a service on and on, while its memories and all its plugins are replaced under them. Each memory is an
 * adapter drawn at random, in two versions; what the base writes with it is its secret. The quiet service's answers are
 * written down first, and demanded to the letter from then on. It computes on the plain-Java backend, whose numbers don't
 * depend on what is computed beside them.
 */
final class Soak implements AutoCloseable {

    private static final String PROMPT = SixStudents.beginning(0);
    private static final int TOKENS = 8;
    private static final int MEMORIES = 16;
    private static final int VERSIONS = 2;
    private static final List<Class<?>> TYPES = List.of(Lora.class, Vera.class, Ia3.class, Dora.class);
    private static final String[] KINDS =
            {"adapter", "optimizer", "objective", "tokenizer", "model", "backend", "task"};

    private final Path folder;
    private final int clients;
    private final List<Path> plugins = new ArrayList<>();
    private final List<List<byte[]>> archives = new ArrayList<>();
    private final List<List<String>> answers = new ArrayList<>();
    private final Served served;
    /** Of each memory how often its replacement began or ended: odd while it is being replaced. */
    private final List<AtomicInteger> swaps = IntStream.range(0, MEMORIES).mapToObj(i -> new AtomicInteger()).toList();
    private final AtomicLong requests = new AtomicLong();
    private final Queue<String> failed = new ConcurrentLinkedQueue<>();
    private final Queue<String> wrong = new ConcurrentLinkedQueue<>();

    /** @param replaced the names of the bundles whose plugins are replaced, by a pattern */
    Soak(Path folder, int clients, String replaced) throws IOException, InterruptedException {
        this.folder = folder;
        this.clients = clients;
        Path installation = Served.installation(folder.resolve("perk"), bundles(replaced));
        try (Stream<Path> jars = Files.list(installation.resolve("plugins"))) {
            jars.filter(jar -> jar.toString().endsWith(".jar")).sorted().forEach(plugins::add);
        }
        makeMemories(installation.resolve("quickstart/base"));
        served = new Served(installation, folder, Map.of(), "--backend", "java", "--max-requests", "" + 2 * clients,
                "--max-loaded", "" + MEMORIES);
        for (int version = 0; version < VERSIONS; version++) {
            for (int i = 0; i < MEMORIES; i++) {
                put(i, version);
                answers.add(version == 0 ? new ArrayList<>() : answers.get(i));
                answers.get(i).add(Served.text(ask(i)));
            }
        }
        for (int i = 0; i < MEMORIES; i++) {
            put(i, 0);
        }
        if (answers.stream().flatMap(List::stream).distinct().count() < MEMORIES * VERSIONS) {
            throw new AssertionError("two memories answer alike: " + answers);
        }
    }

    private static List<String> bundles(String pattern) throws IOException {
        try (Stream<Path> jars = Files.list(Perk.INSTALLATION.resolve("bundles"))) {
            return jars.map(jar -> jar.getFileName().toString().replaceFirst("-\\d.*", ""))
                    .filter(name -> Stream.of(KINDS).anyMatch(kind -> name.startsWith("org.perk4j." + kind + ".")))
                    .filter(name -> name.matches(pattern)).sorted().toList();
        }
    }

    private void makeMemories(Path base) throws IOException {
        ModelFolder files = ModelFolder.open(base);
        Model model = new Gpt2().create(files.config());
        SplittableRandom random = new SplittableRandom(7);
        for (int i = 0; i < MEMORIES; i++) {
            Chosen<AdapterType<?>> chosen = EveryPlugin.only(EveryPlugin.ADAPTERS, TYPES.get(i % TYPES.size()));
            List<byte[]> versions = new ArrayList<>();
            for (int version = 0; version < VERSIONS; version++) {
                versions.add(archive(memory(chosen, model, files.fingerprint(), random), "m" + i + "-" + version));
            }
            archives.add(versions);
        }
    }

    private static Memory memory(Chosen<AdapterType<?>> chosen, Model model, String base, SplittableRandom random) {
        Adapter adapter = EveryPlugin.adapter(chosen, model);
        double scale = chosen.is(Vera.class) ? 1 : 0.3; // so that each writes something else
        Map<String, Memory.Matrix> tensors = new LinkedHashMap<>();
        for (ParameterSpec spec : adapter.parameters()) {
            double mean = spec.initial() instanceof Initial.Normal normal ? normal.mean() : 1;
            float[] values = new float[Math.toIntExact(spec.shape().size())];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (mean + scale * (2 * random.nextDouble() - 1));
            }
            tensors.put(spec.name(), new Memory.Matrix(spec.shape(), FloatBuffer.wrap(values).asReadOnlyBuffer(),
                    spec.dimensions()));
        }
        return new Memory(chosen.toString().toLowerCase(), chosen.options(), adapter.configuration(), base,
                new Memory.Provenance("drawn", "0".repeat(64), 1, List.of(0, 1), Instant.EPOCH), tensors);
    }

    private void put(int memory, int version) throws IOException, InterruptedException {
        HttpResponse<String> imported = served.send(served.to("/v1/memories?replace=true&name=m" + memory)
                .header("Content-Type", "application/zip")
                .POST(HttpRequest.BodyPublishers.ofByteArray(archives.get(memory).get(version))));
        if (imported.statusCode() != 201) {
            throw new AssertionError(imported.statusCode() + " " + imported.body());
        }
    }

    /** @return a memory as it is exported */
    private byte[] archive(Memory memory, String name) throws IOException {
        Path drawn = folder.resolve("drawn").resolve(name);
        try (MemoryStore.Place place = new PeftMemoryStore().reserve(drawn, false)) {
            place.write(memory);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes); Stream<Path> files = Files.list(drawn)) {
            for (Path file : files.toList()) {
                zip.putNextEntry(new ZipEntry(file.getFileName().toString()));
                Files.copy(file, zip);
            }
        }
        return bytes.toByteArray();
    }

    private HttpResponse<String> ask(int memory) throws IOException, InterruptedException {
        return served.complete("base:m" + memory, PROMPT, TOKENS);
    }

    /** Lets clients ask for a while. */
    Histogram ask(Duration duration) throws Exception {
        ConcurrentHistogram micros = new ConcurrentHistogram(2);
        long end = System.nanoTime() + duration.toNanos();
        run(clients, client -> {
            SplittableRandom random = new SplittableRandom(client);
            while (System.nanoTime() < end) {
                ask(random.nextInt(MEMORIES), micros);
            }
        });
        return micros;
    }

    private void ask(int memory, Histogram micros) throws InterruptedException {
        int before = swaps.get(memory).get();
        long begin = System.nanoTime();
        requests.incrementAndGet();
        try {
            HttpResponse<String> response = ask(memory);
            micros.recordValue((System.nanoTime() - begin) / 1_000);
            if (response.statusCode() != 200) {
                failed.add(response.statusCode() + " " + response.body());
                return;
            }
            String answer = Served.text(response);
            boolean replacedMeanwhile = before % 2 == 1 || swaps.get(memory).get() != before;
            List<String> right = replacedMeanwhile ? answers.get(memory)
                    : List.of(answers.get(memory).get(before / 2 % VERSIONS));
            if (!right.contains(answer)) {
                wrong.add("m" + memory + " says " + answer + " instead of " + right
                        + (answers.stream().anyMatch(others -> others.contains(answer)) ? ", as another memory" : ""));
            }
        } catch (IOException e) {
            failed.add(e.toString());
        }
    }

    /** Like {@link #ask(Duration)}, while memories and plugins are replaced. */
    Histogram askWhileAllIsReplaced(Duration duration, Duration betweenUpdates) throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        ExecutorService others = Executors.newFixedThreadPool(2);
        try {
            Future<?> swapping = others.submit(() -> {
                for (int i = 0; !done.get(); i = (i + 1) % MEMORIES) {
                    swap(i);
                    Thread.sleep(50);
                }
                return null;
            });
            Future<?> updating = others.submit(() -> {
                while (!done.get()) {
                    for (Path plugin : plugins) {
                        Served.replace(plugin);
                    }
                    Thread.sleep(betweenUpdates.toMillis());
                }
                return null;
            });
            Histogram micros = ask(duration);
            done.set(true);
            swapping.get();
            updating.get();
            return micros;
        } finally {
            done.set(true);
            others.shutdown();
        }
    }

    private void swap(int memory) throws IOException, InterruptedException {
        AtomicInteger count = swaps.get(memory);
        int version = count.incrementAndGet() / 2 + 1;
        put(memory, version % VERSIONS);
        count.incrementAndGet();
    }

    /** What runs on a thread of its own. */
    @FunctionalInterface
    private interface Client {
        void run(int number) throws Exception;
    }

    private static void run(int threads, Client client) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                int number = i;
                all.add(pool.submit(() -> {
                    client.run(number);
                    return null;
                }));
            }
            for (Future<?> each : all) {
                each.get();
            }
        } finally {
            pool.shutdownNow();
        }
    }

    long requests() {
        return requests.get();
    }

    /** @return the requests that weren't answered, as the clients saw it */
    List<String> failed() {
        return List.copyOf(failed);
    }

    /** @return the answers that aren't those that the memory gives when all is quiet */
    List<String> wrong() {
        return List.copyOf(wrong);
    }

    /** @return how often memories were replaced */
    int swaps() {
        return swaps.stream().mapToInt(AtomicInteger::get).sum() / 2;
    }

    /** @return how often each plugin was replaced, by its file's name */
    Map<String, Long> updates() {
        Map<String, Long> updates = new TreeMap<>();
        String log = served.err();
        for (Path plugin : plugins) {
            String line = "Replaced " + plugin.getFileName();
            updates.put(plugin.getFileName().toString(), log.lines().filter(each -> each.contains(line)).count());
        }
        return updates;
    }

    /** @return what the process holds, after what was replaced has had the time to go */
    Held held() throws Exception {
        long updates;
        do {
            updates = served.said("Replaced ");
            Thread.sleep(3_000); // a jar is taken up when two looks, a second apart, saw the same
        } while (served.said("Replaced ") > updates);
        // This asks for each plugin, so that each bundle has its class loader.
        served.await("what was replaced is gone", () -> !served.get("/v1/plugins").body().contains("its file was"));
        for (int i = 0; i < MEMORIES; i++) {
            ask(i); // so that the same is ready each time
        }
        return Held.by(served);
    }

    String log() {
        return served.err();
    }

    @Override
    public void close() {
        served.close();
    }
}
