package org.perk4j.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.perk4j.formats.Json;

class ChatTemplateTest {

    private static final Path RESOURCES = Path.of("src/test/resources");

    /**
     * Of {@code tools/chat_template_reference.py}.
     *
     * @param text what transformers makes of it; null if it refuses it
     */
    private record Example(String name, String template, Map<String, Object> variables, String text) {

        @Override
        public String toString() {
            return name;
        }
    }

    private static Stream<Example> examples() throws IOException {
        List<?> cases = (List<?>) Json.readObject(RESOURCES.resolve("expected.json")).get("cases");
        return cases.stream().map(each -> {
            Map<?, ?> example = (Map<?, ?>) each;
            @SuppressWarnings("unchecked")
            Map<String, Object> variables = (Map<String, Object>) whole(example.get("variables"));
            return new Example((String) example.get("name"), template(example), variables, (String) example.get("text"));
        });
    }

    private static String template(Map<?, ?> example) {
        try {
            return example.get("template") != null ? (String) example.get("template")
                    : Files.readString(RESOURCES.resolve("templates").resolve((String) example.get("file")));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Numbers of JSON are read as {@link Double}. */
    private static Object whole(Object value) {
        if (value instanceof Map<?, ?> map) {
            Map<Object, Object> whole = new LinkedHashMap<>();
            map.forEach((key, each) -> whole.put(key, whole(each)));
            return whole;
        }
        if (value instanceof List<?> list) {
            return list.stream().map(ChatTemplateTest::whole).collect(Collectors.toList());
        }
        return value instanceof Double number && number == Math.rint(number) ? (Object) number.longValue() : value;
    }

    @ParameterizedTest
    @MethodSource("examples")
    void itMakesOfThemWhatTransformersMakes(Example example) {
        if (example.text() == null) {
            String message = refusal(example.template(), example.variables());
            assertTrue(!message.isBlank() && message.lines().count() == 1, message);
        } else {
            assertEquals(example.text(), ChatTemplate.parse(example.template()).render(example.variables()));
        }
    }

    private static String refusal(String template, Map<String, Object> variables) {
        return assertThrows(IllegalArgumentException.class, () -> ChatTemplate.parse(template).render(variables))
                .getMessage();
    }

    @Test
    void whatIsRefusedIsNamedWithItsLine() {
        assertEquals("line 2: include is not supported in a chat template", refusal("a\n{% include 'b' %}", Map.of()));
        assertEquals("line 3: the filter pprint is not supported", refusal("a\n\n{{ x | pprint }}", Map.of()));
        assertEquals("line 1: the test callable2 is not supported", refusal("{{ x is callable2 }}", Map.of()));
        assertEquals("line 1: endif is missing", refusal("{% if x %}a", Map.of()).replaceFirst("elif or else or ", ""));
        assertEquals("line 2: an undefined value has no 'b'", refusal("\n{{ a.b }}", Map.of()));
        assertEquals("no reason", refusal("{{ raise_exception('no reason') }}", Map.of()));
    }

    /** Each would take hours, or all memory. */
    @ParameterizedTest
    @ValueSource(strings = {
        "{% for a in range(9999) %}{% for b in range(9999) %}{% for c in range(9999) %}{% endfor %}{% endfor %}{% endfor %}",
        "{{ range(9999999999) }}",
        "{{ 'a' * 9999999999 }}",
        "{% set ns = namespace(a='a') %}{% for i in range(99) %}{% set ns.a = ns.a + ns.a %}{% endfor %}",
        "{% set ns = namespace(a=[1]) %}{% for i in range(99) %}{% set ns.a = ns.a + ns.a %}{% endfor %}",
        "{% set ns = namespace(a='a') %}{% for i in range(99) %}{% set ns.a = ns.a.replace('a', 'aaaaaaaa') %}{% endfor %}",
        "{% set ns = namespace(a='a') %}{% for i in range(99) %}{% set ns.a = ns.a ~ ns.a %}{% endfor %}",
        "{% set ns = namespace(a='a') %}{% for i in range(99) %}{% set ns.a = [ns.a, ns.a] | join %}{% endfor %}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{% macro f() %}{{ f() }}{{ f() }}{% endmacro %}{{ f() }}",
        "{{ ' ' | indent(999999999) }}{% for i in range(99999) %}{{ 'a\\na' | indent(999999999) }}{% endfor %}",
        "{% set ns = namespace(a=1) %}{% for i in range(99) %}{% set ns.a = [ns.a, ns.a] %}{% endfor %}{{ ns.a }}",
        "{% set ns = namespace(a=1) %}{% for i in range(99) %}{% set ns.a = [ns.a, ns.a] %}{% endfor %}{{ ns.a | tojson }}",
        "{% set ns = namespace(a=1) %}{% for i in range(9999) %}{% set ns.a = [ns.a] %}{% endfor %}{{ ns.a }}",
        "{% set ns = namespace(a=1) %}{% for i in range(99) %}{% set ns.a = [ns.a, ns.a] %}{% endfor %}"
                + "{{ ns.a == ns.a[:] }}",
    })
    void templatesCantTakeTimeOrMemoryWithoutEnd(String template) {
        assertTrue(refusal(template, Map.of()).startsWith("line 1: "));
    }

    @Test
    void noTemplateIsTooDeepForTheStack() {
        for (String deep : List.of("(".repeat(99_999), "[".repeat(99_999), "not ".repeat(99_999), "-".repeat(99_999),
                "x" + ".x".repeat(99_999), "x" + "|trim".repeat(99_999), "x if ".repeat(99_999))) {
            assertTrue(refusal("{{ " + deep + " }}", Map.of()).startsWith("line 1: "), deep.substring(0, 9));
        }
        assertTrue(refusal("{% if x %}".repeat(9_999), Map.of()).startsWith("line 1: "));
        String macro = "{% macro f() %}{{ " + "(".repeat(90) + "f()" + ")".repeat(90) + " }}{% endmacro %}{{ f() }}";
        assertTrue(refusal(macro, Map.of()).startsWith("line 1: "));
    }

    @Test
    void oddArgumentsAreRefusedOrDoNothing() {
        Map<String, Object> variables = Map.of("list", List.of(1L, 2L, 3L));
        assertEquals("[2]", ChatTemplate.parse("{{ list[1::9223372036854775807] }}").render(variables));
        assertEquals("[2, 1]", ChatTemplate.parse("{{ list[1::-1] }}").render(variables));
        for (String odd : List.of("{{ list | items }}", "{{ range() }}", "{{ range(1, 2, 0) }}", "{{ list[::0] }}",
                "{{ 'a'.split('') }}", "{{ list | map('nosuch') }}", "{{ 9223372036854775807 + 1 }}", "{{ {list: 1} }}",
                "{{ none | abs }}", "{{ list | indent(list) }}", "{{ 'a'.replace('a') }}", "{{ list | selectattr }}",
                "{{ [1, 'a'] | select('gt', 0) | list }}", "{{ 'x' | int(default='y') }}", "{% set a, b = list %}")) {
            assertTrue(refusal(odd, variables).startsWith("line 1: "), odd);
        }
    }

    @Test
    void nothingThatIsGivenCanBeChanged() {
        Map<String, Object> variables = Map.of("list", List.of(1L), "map", Map.of("a", 1L));
        for (String change : List.of("{% set map.a = 2 %}", "{{ list.append(2) }}", "{{ map.update({'a': 2}) }}",
                "{{ map.pop('a') }}")) {
            assertTrue(refusal(change, variables).startsWith("line 1: "), change);
        }
    }

    @Test
    void dateIsThatOfToday() {
        String today = ChatTemplate.parse("{{ strftime_now('%Y %%') }}").render(Map.of());
        assertTrue(today.matches("20\\d\\d %"), today);
    }
}
