package org.perk4j.adapter.lora;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perk4j.formats.Json;
import org.perk4j.formats.JsonValue;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Site;
import org.perk4j.tensor.Shape;

class LoraConfigurationTest {

    private static final Site WIDE = new Site("h.0.attn.wide", 3, 2);
    private static final Site NARROW = new Site("h.1.attn.narrow", 3, 2);

    @Test
    void layersMayHaveRanksAndScalesOfTheirOwn() throws IOException {
        LoraOptions options = options(
                "{'r': 4, 'lora_alpha': 2, 'rank_pattern': {'attn.wide': 2}, 'alpha_pattern': {'h.0.attn.wide': 6}}");
        assertEquals(List.of(2, 4), List.of(options.rank(WIDE), options.rank(NARROW)));
        assertEquals(List.of(3.0, 0.5), List.of(options.scale(WIDE), options.scale(NARROW)));
        assertEquals(List.of(new Shape(2, 3), new Shape(2, 2), new Shape(4, 3), new Shape(2, 4)),
                new LoraAdapter(options, List.of(WIDE, NARROW)).parameters().stream().map(ParameterSpec::shape).toList());
    }

    /** PEFT's rule: the whole name, or its end from a dot on; the first that fits. */
    @ParameterizedTest
    @CsvSource({"wide, true", "attn.wide, true", "'h\\.\\d+\\.attn\\.(wide|narrow)', true", "ide, false", "h.0, false",
            "h.1.*, false"})
    void patternsMatchTheEndOfANameFromADotOn(String pattern, boolean matches) throws IOException {
        assertEquals(matches ? 8.0 : 4.0,
                options("{'alpha_pattern': " + Json.writeLine(Map.of(pattern, 8)) + "}").scale(WIDE));
    }

    @Test
    void whatWasSavedWithTheSamePatternsIsTheSame() throws IOException {
        LoraOptions options = new LoraOptions(4, 2, true, 0, JsonValue.of(List.of("wide")), JsonValue.of(List.of()),
                List.of(), JsonValue.of(Map.of("wide", 2)), JsonValue.of(Map.of("wide", 6)), 0, 0, InitLoraWeights.NORMAL, 1,
                "none", List.of());
        Map<String, Object> saved = new LoraAdapter(options, List.of(WIDE, NARROW)).configuration();
        LoraOptions read = LoraConfiguration.options(Json.parseObject(Json.write(saved))).orElseThrow();
        assertEquals(options.scale(WIDE), read.scale(WIDE));
        assertEquals(options.choose(List.of(WIDE, NARROW)), read.choose(List.of(WIDE, NARROW)));
    }

    @ParameterizedTest
    @CsvSource({"LOHA, false", ", false"})
    void otherTypesAreOthers(String type, boolean dora) throws IOException {
        Map<String, Object> configuration = new TreeMap<>(Map.of("use_dora", dora));
        configuration.put("peft_type", type);
        assertTrue(LoraConfiguration.options(configuration).isEmpty());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "{'bias': 'vera_only'}              | bias: \"vera_only\": not supported",
        "{'lora_bias': true}                | lora_bias: true: this key is not supported",
        "{'modules_to_save': 'lm_head'}     | modules_to_save: \"lm_head\": not a list",
        "{'init_lora_weights': 'pissa'}     | init_lora_weights: \"pissa\": not supported",
        "{'from_the_future': {'x': 1}}      | from_the_future: {\"x\":1}: this key is not",
        "{'r': 'four'}                      | r: \"four\": not a finite number",
        "{'r': 1.5}                         | r: 1.5: not a whole number",
        "{'target_modules': null}           | target_modules: null: ",
        "{'alpha_pattern': {'(': 1}}        | alpha_pattern: ( is not a regular expression"})
    void whatCannotBeAppliedAsPeftWouldIsRefusedByName(String configuration, String expected) {
        String message = assertThrows(IllegalArgumentException.class, () -> options(configuration)).getMessage();
        assertTrue(message.startsWith(expected), message);
    }

    private static LoraOptions options(String configuration) throws IOException {
        Map<String, Object> whole =
                new TreeMap<>(Json.parseObject("{'peft_type': 'LORA', 'r': 1, 'lora_alpha': 4, 'use_dora': false, "
                .concat("'rank_pattern': {}, 'modules_to_save': [], 'target_modules': ['wide', 'narrow']}")
                        .replace('\'', '"')));
        whole.putAll(Json.parseObject(configuration.replace('\'', '"')));
        return LoraConfiguration.options(whole).orElseThrow();
    }
}
