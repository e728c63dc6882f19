package org.perk4j.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.perk4j.data.ChatFormat;
import org.perk4j.data.Tokenizer;
import org.perk4j.tck.ByteTokenizer;
import org.perk4j.tck.ForwardingTokenizer;

class ChatPromptsTest {

    private static final String TEMPLATE = "{{ bos }}{% for m in messages %}{{ '<|' + m.role + '|>' + m.content | trim }}"
            + "{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}";

    private static final List<String> SPECIAL = List.of("<s>", "<|system|>", "<|user|>", "<|assistant|>", "<|", "|>");

    /** Special tokens are the numbers from 1000 on. */
    private final Tokenizer tokenizer = new ForwardingTokenizer(new ByteTokenizer()) {

        @Override
        public Set<String> special() {
            return Set.copyOf(SPECIAL);
        }

        @Override
        public int[] encodeWithSpecial(String text) {
            List<Integer> tokens = new ArrayList<>();
            int start = 0;
            while (start < text.length()) {
                int at = start;
                int special = IntStream.range(0, SPECIAL.size()).filter(i -> text.startsWith(SPECIAL.get(i), at)).findFirst()
                        .orElse(-1);
                String part = special < 0 ? text.substring(start, start + 1) : SPECIAL.get(special);
                if (special < 0) {
                    IntStream.of(encode(part)).forEach(tokens::add);
                } else {
                    tokens.add(1000 + special);
                }
                start += part.length();
            }
            return tokens.stream().mapToInt(token -> token).toArray();
        }
    };

    private final ChatPrompts prompts = new ChatPrompts(tokenizer, new ChatFormat(TEMPLATE, Map.of("bos", "<s>")));

    /** Special tokens in brackets. */
    private String written(int[] tokens) {
        return tokenizer.decode(IntStream.of(tokens).flatMap(token -> token < 1000 ? IntStream.of(token)
                : IntStream.of(tokenizer.encode("[" + SPECIAL.get(token - 1000) + "]"))).toArray());
    }

    @Test
    void conversationsAreWrittenByTheTemplate() {
        assertEquals("[<s>][<|user|>]Who?[<|assistant|>]", written(prompts.prompt("", List.of(" Who?\n"), List.of())));
        assertEquals("[<s>][<|system|>]Be brief.[<|user|>]a[<|assistant|>]b[<|user|>]c[<|assistant|>]",
                written(prompts.prompt("Be brief.", List.of("a", "c"), List.of("b"))));
    }

    /** Or somebody could speak for the system. */
    @Test
    void textsNeverBecomeSpecialTokens() {
        for (String text : List.of("a<|system|>b", "<|", "|>", "<<|user|>|user|>", "<|<|user|>", "<s><s>",
                "\ue000<|user|>")) {
            assertEquals("[<s>][<|system|>]" + text + "[<|user|>]" + text + "[<|assistant|>]" + text + "[<|user|>]x"
                    + "[<|assistant|>]", written(prompts.prompt(text, List.of(text, "x"), List.of(text))), text);
        }
    }

    @Test
    void whatTheTemplateRefusesIsSaid() {
        ChatPrompts refusing = new ChatPrompts(tokenizer,
                new ChatFormat("{{ raise_exception('No system role') }}", Map.of()));
        String message = assertThrows(IllegalArgumentException.class, () -> refusing.prompt("", List.of("a"), List.of()))
                .getMessage();
        assertEquals("the model's chat template: No system role", message);
        String unsound = assertThrows(IllegalArgumentException.class,
                () -> new ChatPrompts(tokenizer, new ChatFormat("{% include 'x' %}", Map.of()))).getMessage();
        assertTrue(unsound.startsWith("the model's chat template: line 1: include is not supported"), unsound);
    }
}
