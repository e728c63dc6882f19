package org.perk4j.peft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perk4j.formats.Json;
import org.perk4j.formats.JsonValue;
import org.perk4j.model.Site;

/** What PEFT 0.21 chooses, found by {@code peft.tuners.tuners_utils.check_target_module_exists}. */
class ModulesTest {

    private static final List<Site> SITES = List.of(site("model.layers.0.attn.q"), site("model.layers.0.mlp.experts.1.up"),
            site("model.layers.1.attn.q"), site("model.layers.1.mlp.experts.0.up"));

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "'all-linear'                                | []          | []  | 0 1 2 3",
        "['q']                                       | []          | []  | 0 2",
        "['attn.q', 'up']                            | []          | []  | 0 1 2 3",
        "['q', 'up']                                 | ['up']      | []  | 0 2",
        "['q', 'up']                                 | '.*0.up'    | []  | 0 1 2",
        "'.*layers.1.*'                              | []          | []  | 2 3",
        "['q', 'up']                                 | []          | [1] | 2 3",
        "'all-linear'                                | []          | [0] | 0 1",
        "'.*q'                                       | []          | [1] | 0 2",
        "['model.layers.0.attn.q', 'up']             | []          | [1] | 0 3"})
    void sitesAreChosenAsByPeft(String target, String exclude, String layers, String expected) throws IOException {
        List<Integer> blocks = layers.equals("[]") ? List.of() : List.of(Integer.parseInt(layers.substring(1, 2)));
        List<Site> chosen = new Modules(json(target), json(exclude), blocks).choose(SITES);
        assertEquals(Arrays.stream(expected.split(" ")).map(i -> SITES.get(Integer.parseInt(i))).toList(), chosen);
        assertEquals(chosen, Modules.of(Modules.written(chosen, SITES)).choose(SITES), "as it is written");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "['k']     | targetModules: no layer's name ends in k: there are [q, up]",
        "'k'       | targetModules: no layer matches",
        "'('       | targetModules: ( is not a regular expression",
        "7         | targetModules: must be a list of names",
        "[7]       | targetModules: must be a list of names"})
    void whatChoosesNothingIsRefused(String target, String expected) {
        String message = assertThrows(IllegalArgumentException.class,
                () -> new Modules(json(target), json("[]"), List.of()).choose(SITES)).getMessage();
        assertTrue(message.startsWith(expected), message);
    }

    private static JsonValue json(String text) throws IOException {
        return JsonValue.of(Json.parseObject("{\"value\": " + text.replace('\'', '"') + "}").get("value"));
    }

    private static Site site(String name) {
        return new Site(name, 2, 2);
    }
}
