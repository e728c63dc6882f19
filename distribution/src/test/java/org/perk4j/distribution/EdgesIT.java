package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.formats.Json;

/** Where what a user gives meets a program that takes it for something else; and what a program is told of failures. */
class EdgesIT {

    @TempDir
    private static Path folder;

    private static Path record;
    private static Path memory;

    @BeforeAll
    static void encode() throws Exception {
        record = Files.writeString(folder.resolve("record.txt"), "Student Id: 3109998, Student Name: Alison Keith, "
                + "Year: Sophomore, School: School of Engineering, Major: Civil Engineering, Grade: 72\n");
        memory = folder.resolve("memory");
        Perk encoded = Perk.run("encode", record.toString(), "-o", memory.toString());
        assertEquals(0, encoded.exitCode(), encoded.err());
    }

    /** A byte order mark, a question that is too long, one that isn't UTF-8, one asked twice. */
    @Test
    void oneQuestionMayFailAndTheOthersNot() throws Exception {
        ByteArrayOutputStream questions = new ByteArrayOutputStream();
        questions.write("\uFEFFWhich year?\n\n".getBytes(StandardCharsets.UTF_8));
        questions.write(("long ".repeat(5000) + "\n").getBytes(StandardCharsets.UTF_8));
        questions.write("Gr\u00f6\u00dfe?\n".getBytes(StandardCharsets.ISO_8859_1));
        questions.write("Which year?\r\n".getBytes(StandardCharsets.UTF_8));
        Path in = Files.write(folder.resolve("questions.txt"), questions.toByteArray());
        Perk perk = Perk.reading(in, "ask", memory.toString(), "--tokens", "4", "--json");
        assertEquals(1, perk.exitCode(), perk.err());
        List<?> answers = (List<?>) Json.parseObject(perk.lastLine()).get("answers");
        assertEquals(4, answers.size());
        Map<?, ?> first = (Map<?, ?>) answers.get(0);
        assertEquals("Which year?", first.get("question"));
        assertTrue(first.get("answer") instanceof String, first.toString());
        assertEquals(first, answers.get(3));
        assertTrue(((Map<?, ?>) answers.get(1)).get("error").toString().contains("the model reads at most"));
        assertTrue(((Map<?, ?>) answers.get(2)).get("error").toString().contains("not UTF-8"));
        assertTrue(perk.err().contains("perk: line 3: ") && perk.err().contains("perk: line 4: "), perk.err());

        Perk lines = Perk.reading(in, "ask", memory.toString(), "--tokens", "4");
        assertEquals(4, lines.out().lines().count(), "answers in step with questions: " + lines.out());
    }

    /** Each in one process: a line each for the shell, and what it is told. */
    @Test
    void everyCommandTellsProgramsThatItFailed() throws Exception {
        Map<String, String> failures = new TreeMap<>();
        String base = "\"base\": \"" + Perk.INSTALLATION.resolve("quickstart/base") + "\"";
        String adapter = "\"adapter\": \"" + Perk.INSTALLATION.resolve("quickstart/adapter") + "\"";
        String task = "{\"type\": \"student-records\", \"records\": 2}";
        Path empty = Files.createDirectory(folder.resolve("empty"));
        Path own = Files.createDirectory(folder.resolve("own"));
        Files.createFile(own.resolve("diary.txt"));
        failures.put("encode " + record + " -o " + memory, "there is already a folder of this name");
        failures.put("encode " + record + " -o " + own + " --replace", "holds files that are not a memory's");
        failures.put("encode " + record + " -o " + record + "/memory", record + " is not a folder");
        failures.put("encode " + record + " -o " + folder.resolve("n".repeat(250)), "File name too long");
        failures.put("encode " + folder + " -o " + folder.resolve("none"), folder + ": not a file, but a folder");
        failures.put("encode " + record + " -o " + folder.resolve("none") + " --base " + empty, empty + ": no config.json");
        failures.put("encode " + record + " -o " + folder.resolve("none") + " --segment-tokens 1", "--segment-tokens");
        failures.put("ask " + memory + " --tokens 0 Who?", "--tokens");
        failures.put("ask " + memory + " --top-p 1.5 Who?", "--top-p");
        failures.put("ask " + memory + " --backend none Who?", "is installed; there are nd4j, java");
        failures.put("ask " + folder.resolve("none") + " Who?", "there is no such memory");
        failures.put("ask " + memory + " \"" + "long ".repeat(5000) + "\"", "the model reads at most");
        failures.put("evaluate " + job("logs", "{" + base + ", \"contexts\": [" + task + "], \"logs\": [\"nolog.jsonl\"]}"),
                "nolog.jsonl: there is no such file");
        failures.put("evaluate "
                + job("report", "{" + base + ", \"contexts\": [" + task + "], \"report\": \"" + empty + "\"}"),
                "there is a folder of this name");
        failures.put("evaluate "
                + job("ft-icr", "{" + base + ", " + adapter + ", \"ftIcr\": \"" + empty + "\", \"contexts\": ["
                + task + "]}"), empty + ": no config.json");
        failures.put("train "
                + job("train", "{" + base + ", \"output\": \"" + record + "\", \"stages\": [{\"steps\": 1, \"task\": "
                + task + "}]}"), record + " is not a folder");
        failures.put("pretrain " + folder.resolve("nojob.json"), "nojob.json: there is no such file");
        failures.put("quickstart -o " + record, record + " is not a folder");
        failures.put("quickstart --contexts 0", "--contexts");
        failures.put("plugins --tokens 1", "--tokens");

        Perk perk = Perk.shell(Perk.INSTALLATION,
                failures.keySet().stream().map(line -> "perk " + line + " --json").toArray(String[]::new));
        assertEquals(1, perk.exitCode(), perk.err());
        List<String> told = perk.out().lines().toList();
        assertEquals(failures.size(), told.size(), perk.out() + perk.err());
        int line = 0;
        for (Map.Entry<String, String> failure : failures.entrySet()) {
            String error = Json.parseObject(told.get(line++)).get("error").toString();
            assertTrue(error.contains(failure.getValue()), failure.getKey() + ": " + error);
            assertTrue(perk.err().contains("perk: " + error.lines().findFirst().orElseThrow()), perk.err());
        }
        assertFalse(perk.err().contains("contexts, PERK"), "something was asked: " + perk.err());
        assertFalse(Files.exists(folder.resolve("none")));
        assertArrayEquals(new String[] {"diary.txt"}, own.toFile().list());
    }

    private static Path job(String name, String json) throws IOException {
        return Files.writeString(folder.resolve(name + ".json"), json);
    }

    @Test
    void nothingInAQuestionIsExecuted() throws Exception {
        Perk perk = Perk.shell(Perk.INSTALLATION,
                "perk ask " + memory + " --tokens 4 \"What's $(perk plugins) {a,b} $HOME?\"");
        assertEquals(0, perk.exitCode(), perk.err());
        assertEquals(1, perk.out().lines().count(), perk.out());
        assertFalse(perk.out().contains("lora"), perk.out());
    }

    @Test
    void anArgumentThatBeginsWithAnAtIsNoFileOfArguments() throws Exception {
        Path arguments = Files.writeString(folder.resolve("arguments"), "--help");
        Perk perk = Perk.run("encode", "@" + arguments, "-o", folder.resolve("none").toString());
        assertEquals(1, perk.exitCode(), perk.out());
        assertTrue(perk.err().contains("perk: @" + arguments + ": there is no such file"), perk.err());
    }

    @Test
    void aLocaleThatIsNotInstalledGarblesNothing() throws Exception {
        Path text = Files.copy(record, folder.resolve("Größe 東京.txt"));
        Perk perk = Perk.run(Perk.INSTALLATION, Map.of("LANG", "xx_XX.UTF-8", "LC_ALL", "", "LC_CTYPE", ""), "encode",
                text.toString(), "-o", folder.resolve("Gedächtnis").toString());
        assertEquals(0, perk.exitCode(), perk.err());
        assertTrue(perk.out().startsWith(folder.resolve("Gedächtnis") + ": "), perk.out());
    }

    @Test
    void nothingThatIsQuotedActsOnTheTerminal() throws Exception {
        Path manifest = folder.resolve("foreign/perk4j.json");
        Files.createDirectory(manifest.getParent());
        for (String file : List.of("adapter_config.json", "adapter_model.safetensors", "perk4j.json")) {
            Files.copy(memory.resolve(file), manifest.resolveSibling(file));
        }
        Files.writeString(manifest, Files.readString(manifest).replaceFirst("\"format\": *[0-9]+", "\"format\": 99")
                .replaceFirst("\"writtenBy\": *\"", "\"writtenBy\": \"\\\\nperk: all is well\\\\u001b[2J"));
        Perk perk = Perk.run("ask", manifest.getParent().toString(), "Who?");
        assertEquals(1, perk.exitCode(), perk.out());
        assertTrue(perk.err().contains("all is well\\u001b[2J"), perk.err());
        assertEquals(1, perk.err().lines().filter(line -> line.startsWith("perk: ")).count(), perk.err());

        Perk named = Perk.run("encode", "no\n\u001b[2Jfile", "-o", folder.resolve("none").toString());
        assertTrue(named.err().contains("perk: no\\n\\u001b[2Jfile: there is no such file"), named.err());
    }

    @Test
    void outputThatCannotBeWrittenIsAFailure() throws Exception {
        Process process = new ProcessBuilder(Perk.INSTALLATION.resolve("bin/perk").toString(), "plugins")
                .redirectOutput(new File("/dev/full")).start();
        String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(1, process.waitFor(), err);
        assertTrue(err.contains("perk: standard output can't be written"), err);
    }
}
