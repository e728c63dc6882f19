package org.perk4j.adapter.oft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perk4j.adapter.AdapterType;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.engine.ReverseMode;
import org.perk4j.formats.Json;
import org.perk4j.formats.JsonValue;
import org.perk4j.formats.Options;
import org.perk4j.model.ModelType;
import org.perk4j.model.Site;
import org.perk4j.model.gpt2.Gpt2;
import org.perk4j.model.llama.Llama;
import org.perk4j.model.qwen2.Qwen2;
import org.perk4j.tck.AdapterContract;

class OftContractTest extends AdapterContract<OftOptions> {

    @Override
    protected AdapterType<OftOptions> type() {
        return new Oft();
    }

    @Override
    protected List<OftOptions> options() {
        return List.of(options(Map.of("oftBlockSize", 4)), options(Map.of("oftBlockSize", 4, "blockShare", true)),
                options(Map.of("oftBlockSize", 0, "r", 2, "numCayleyNeumannTerms", 7)),
                options(Map.of("oftBlockSize", 2, "numCayleyNeumannTerms", 2)));
    }

    private static OftOptions options(Map<String, ?> job) {
        return Options.bind(JsonValue.of(job), OftOptions.class);
    }

    @Override
    protected ModelType model(String modelType) {
        return Map.of("gpt2", new Gpt2(), "llama", new Llama(), "qwen2", new Qwen2()).get(modelType);
    }

    @Override
    protected Autodiff autodiff() {
        return new ReverseMode();
    }

    /** By tools/peft_reference.py; PEFT has the type for Llama-like models, not for GPT-2. */
    @Override
    protected List<Made> byPeft() {
        return made("llama-plain", "qwen2-plain", "llama-shared");
    }

    @Test
    void blocksAreOfTheSizeNearestToTheOneAskedFor() {
        Site site = new Site("layer", 12, 5);
        assertEquals(4, options(Map.of("oftBlockSize", 5)).blockSize(site), "4 and 6 are as near: the smaller");
        assertEquals(12, options(Map.of()).blockSize(site));
        assertEquals(3, options(Map.of("oftBlockSize", 0, "r", 4)).blockSize(site));
        assertEquals(2, options(Map.of("oftBlockSize", 0, "r", 7)).blockSize(site), "in 6 blocks");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "{'r': 2}                        | oftBlockSize and r: one of them must be 0",
        "{'oftBlockSize': 0}             | oftBlockSize and r: one of them must be 0",
        "{'numCayleyNeumannTerms': 1}    | numCayleyNeumannTerms must be at least 2",
        "{'bias': 'lora_only'}           | bias must be none, all or oft_only"})
    void impossibleValuesAreNamed(String job, String expected) throws IOException {
        Map<String, Object> keys = Json.parseObject(job.replace('\'', '"'));
        String message = assertThrows(IllegalArgumentException.class, () -> options(keys)).getMessage();
        assertTrue(message.startsWith(expected), message);
    }

    @ParameterizedTest
    @CsvSource({"0.18.0, false, use_cayley_neumann: false: not supported", "1.0, false, use_cayley_neumann: false",
            "0.17.1, true, peft_version: 0.17.1: OFT", "0.2, true, peft_version: 0.2:"})
    void whatIsComputedOtherwiseIsRefused(String version, boolean series, String expected) {
        String message = assertThrows(IllegalArgumentException.class, () -> new Oft().ofPeft(Map.of("peft_type", "OFT",
                "peft_version", version, "target_modules", List.of("q_proj"), "use_cayley_neumann", series))).getMessage();
        assertTrue(message.startsWith(expected), message);
    }
}
