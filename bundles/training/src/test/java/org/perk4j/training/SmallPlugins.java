package org.perk4j.training;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.perk4j.adapter.adalora.AdaLora;
import org.perk4j.adapter.lora.Lora;
import org.perk4j.adapter.prefix.Prefix;
import org.perk4j.adapter.prompt.Prompt;
import org.perk4j.backend.Backend;
import org.perk4j.backend.java.JavaBackend;
import org.perk4j.model.gpt2.Gpt2;
import org.perk4j.objective.perk.Perk;
import org.perk4j.objective.reptile.Reptile;
import org.perk4j.optimizer.sgd.Sgd;
import org.perk4j.plugin.Lease;
import org.perk4j.plugin.Plugins;
import org.perk4j.task.babilong.BabiLong;
import org.perk4j.task.cloze.Cloze;
import org.perk4j.task.facts.Facts;
import org.perk4j.task.files.TaskFiles;
import org.perk4j.task.studentrecords.StudentRecords;
import org.perk4j.tck.AnyFolder;
import org.perk4j.tck.ByteTokenizer;

/** What the tests choose from, with a tokenizer that needs no files: each byte of UTF-8 is a token. */
final class SmallPlugins implements Plugins {

    private final Map<String, Object> plugins;

    SmallPlugins() {
        this(new JavaBackend(), new AnyFolder(ByteTokenizer::new));
    }

    /** @param backend the one called java */
    SmallPlugins(Backend backend) {
        this(backend, new AnyFolder(ByteTokenizer::new));
    }

    /** @param tokenizers the format called huggingface */
    SmallPlugins(AnyFolder tokenizers) {
        this(new JavaBackend(), tokenizers);
    }

    private SmallPlugins(Backend backend, AnyFolder tokenizers) {
        plugins = new HashMap<>(Map.of("lora", new Lora(), "adalora", new AdaLora(), "prefix", new Prefix(),
                "prompt", new Prompt()));
        plugins.putAll(Map.of("java", backend, "gpt2", new Gpt2(), "sgd", new Sgd(), "perk", new Perk(),
                "student-records", new StudentRecords(), "babilong", new BabiLong(), "files", new TaskFiles(),
                "facts", new Facts(), "cloze", new Cloze(), "huggingface", tokenizers));
        plugins.put("reptile", new Reptile());
    }

    @Override
    public <T> Lease<T> lease(Class<T> kind, String type) {
        return new Lease<>() {

            @Override
            public T get() {
                return kind.cast(plugins.get(type));
            }

            @Override
            public String bundle() {
                return "small 1.0.0";
            }

            @Override
            public void close() {
            }
        };
    }

    @Override
    public List<String> types(Class<?> kind) {
        return plugins.entrySet().stream().filter(plugin -> kind.isInstance(plugin.getValue())).map(Map.Entry::getKey)
                .sorted().toList();
    }
}
