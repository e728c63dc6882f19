package org.perk4j.distribution;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What a process holds.
 *
 * @param loaders   class loaders of bundles that are alive
 * @param threads   threads that run or wait
 * @param heap      bytes of the objects that are reachable
 * @param metaspace bytes of it that are in use
 * @param resident  bytes of memory, all in all
 */
record Held(long loaders, long threads, long heap, long metaspace, long resident) {

    /** One of so many collections in a row compacts all: Java's MarkSweepAlwaysCompactCount. */
    private static final int COLLECTIONS = 4;

    /** @return what the service holds now, without what a collection gives back */
    static Held by(Served served) throws IOException, InterruptedException {
        String process = Long.toString(served.pid());
        jcmd(process, "GC.run");
        jcmd(process, "GC.run"); // finalizers and cleaners have run by then
        long heap = reachable(process);
        long metaspace = jcmd(process, "GC.heap_info").lines().filter(line -> line.contains("Metaspace"))
                .mapToLong(Held::used).sum();
        long loaders = jcmd(process, "VM.classloader_stats").lines().filter(line -> line.contains("BundleClassLoader"))
                .count();
        return new Held(loaders, status(process, "Threads"), heap, metaspace, status(process, "VmRSS") * 1024);
    }

    /**
     * Neither what the heap says to be in use nor what a single histogram counts: three collections in four leave up to a
     * twentieth of the old generation uncompacted, and a histogram takes the gaps for arrays of int. One in four compacts
     * all.
     *
     * @return bytes of the objects that are reachable
     */
    static long reachable(String process) throws IOException, InterruptedException {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < COLLECTIONS; i++) {
            least = Math.min(least, jcmd(process, "GC.class_histogram").lines().filter(line -> line.startsWith("Total"))
                    .mapToLong(line -> Long.parseLong(line.trim().split(" +")[2])).findFirst().orElseThrow());
        }
        return least;
    }

    private static long used(String line) {
        return Long.parseLong(line.replaceFirst(".*\\bused (\\d+)K.*", "$1")) * 1024;
    }

    private static long status(String process, String name) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + process + "/status")).stream()
                .filter(line -> line.startsWith(name + ":"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", ""))).sum();
    }

    private static String jcmd(String process, String command) throws IOException, InterruptedException {
        Path out = Files.createTempFile("jcmd", ".out");
        try {
            List<String> line = List.of(Path.of(System.getProperty("java.home"), "bin/jcmd").toString(), process, command);
            Process running = new ProcessBuilder(line).redirectErrorStream(true).redirectOutput(out.toFile()).start();
            if (running.waitFor() != 0) {
                throw new AssertionError(line + ": " + Files.readString(out));
            }
            return Files.readString(out);
        } finally {
            Files.delete(out);
        }
    }
}
