package org.perk4j.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perk4j.formats.Json;
import org.perk4j.formats.Options;
import org.perk4j.formats.PluginChoice;
import org.perk4j.plugin.Option;

class JobPathsTest {

    private static final Path DATA = Path.of("/data");
    private static final Path OUTPUT = Path.of("/data/jobs/1/output");

    record Document(
            @Option(help = "read", file = Option.File.READ) String base,
            @Option(help = "read", value = "[]", file = Option.File.READ) List<String> logs,
            @Option(help = "written", file = Option.File.WRITTEN) String output,
            @Option(help = "written", value = "", file = Option.File.WRITTEN) String report,
            @Option(help = "no file", value = "") String title,
            @Option(help = "a plugin", value = "none") PluginChoice task,
            @Option(help = "inside", value = "[]") List<Stage> stages) {
    }

    record Stage(@Option(help = "a plugin") PluginChoice task) {
    }

    record Words(@Option(help = "read", value = "", file = Option.File.READ) String words,
            @Option(help = "no file", value = "") String mode) {
    }

    private static Document resolved(boolean anywhere, String json) throws IOException {
        JobPaths paths = new JobPaths(DATA, OUTPUT, anywhere,
                type -> type.equals("words") ? List.of(Words.class) : List.of());
        return Options.bind(paths.resolved(Json.parse(json), Document.class), Document.class);
    }

    @Test
    void namesBeginAtTheServicesFolders() throws IOException {
        Document document = resolved(false, """
                {"base": "models/a", "logs": ["jobs/2/output/log.jsonl"], "report": "report.html", "title": "a/b",
                 "task": {"type": "words", "words": "w.txt", "mode": "open"},
                 "stages": [{"task": {"type": "words", "words": "/data/x/../w.txt"}}]}""");
        assertEquals("/data/models/a", document.base());
        assertEquals(List.of("/data/jobs/2/output/log.jsonl"), document.logs());
        assertEquals("/data/jobs/1/output", document.output());
        assertEquals("/data/jobs/1/output/report.html", document.report());
        assertEquals("a/b", document.title());
        assertEquals("/data/w.txt", Options.bind(document.task(), Words.class).words());
        assertEquals("/data/w.txt", Options.bind(document.stages().get(0).task(), Words.class).words());
    }

    @Test
    void aModelThatGoesByANameKeepsIt() throws IOException {
        Document document = resolved(false, "{\"base\": \"smollm2-135m\", \"output\": \"smollm2-135m\"}");
        assertEquals("smollm2-135m", document.base());
        assertEquals("/data/jobs/1/output/smollm2-135m", document.output());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "{\"base\": \"/etc\"}",
        "{\"base\": \"../etc\"}",
        "{\"base\": \"a/../../etc\"}",
        "{\"base\": \"/database\"}",
        "{\"base\": \"a\\u0000b\"}",
        "{\"base\": \"a\", \"output\": \"..\"}",
        "{\"base\": \"a\", \"output\": \"/data/objects\"}",
        "{\"base\": \"a\", \"logs\": [\"b\", \"/etc/passwd\"]}",
        "{\"base\": \"a\", \"logs\": \"/etc/passwd\", \"report\": \"../../2/job.json\"}",
        "{\"base\": \"a\", \"stages\": [{\"task\": {\"type\": \"words\", \"words\": \"/etc/passwd\"}}]}",
        "{\"base\": \"a\", \"task\": {\"type\": \"words\", \"words\": \"../w.txt\"}}",
        "{\"base\": \"a\", \"task\": {\"type\": \"words\", \"mode\": \"/etc/passwd\"}}",
        "{\"base\": \"a\", \"task\": {\"type\": \"unknown\", \"any\": {\"of\": [\"x\", \"etc/passwd\"]}}}",
        "{\"base\": \"a\", \"task\": {\"type\": \"unknown\", \"any\": \"..\"}}",
        "{\"base\": \"a\", \"task\": {\"words\": \"/etc/passwd\"}}"})
    void whatComesByHttpNamesNothingElsewhere(String json) throws IOException {
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, () -> resolved(false, json));
        assertTrue(refused.getMessage().contains("--data") || refused.getMessage().contains("not a file name"),
                refused.getMessage());
    }

    @Test
    void aFileOfTheOperatorNamesAnything() throws IOException {
        Document document = resolved(true, """
                {"base": "/models/a", "output": "/results", "task": {"type": "words", "words": "/w.txt", "mode": "a/b"}}""");
        assertEquals("/models/a", document.base());
        assertEquals("/results", document.output());
        assertEquals("/w.txt", Options.bind(document.task(), Words.class).words());
        assertEquals("a/b", Options.bind(document.task(), Words.class).mode());
    }
}
