package org.perk4j.inference;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.perk4j.chat.ChatTemplate;
import org.perk4j.data.ChatFormat;
import org.perk4j.data.Tokenizer;

/**
 * Conversations as a base was tuned to read them: by its chat template. Texts of a conversation never become special tokens,
 * whatever they spell. Thread-safe.
 */
final class ChatPrompts {

    private final Tokenizer tokenizer;
    private final ChatFormat format;
    private final ChatTemplate template;

    /** @throws IllegalArgumentException if the template is unsound, or uses what is not supported */
    ChatPrompts(Tokenizer tokenizer, ChatFormat format) {
        this.tokenizer = tokenizer;
        this.format = format;
        try {
            template = ChatTemplate.parse(format.template());
        } catch (IllegalArgumentException e) {
            throw refusal(e);
        }
    }

    private static IllegalArgumentException refusal(IllegalArgumentException e) {
        return new IllegalArgumentException("the model's chat template: " + e.getMessage(), e);
    }

    /**
     * @param system    empty for none
     * @param questions one more than there are answers
     * @param answers   to all questions but the last
     * @return the tokens that an answer to the last question is to follow
     * @throws IllegalArgumentException with the reason, if the template refuses the conversation
     */
    int[] prompt(String system, List<String> questions, List<String> answers) {
        char mark = mark(Stream.of(List.of(system, format.template()), questions, answers).flatMap(List::stream).toList());
        List<Object> messages = new ArrayList<>();
        if (!system.isEmpty()) {
            messages.add(message("system", system, mark));
        }
        for (int i = 0; i < questions.size(); i++) {
            messages.add(message("user", questions.get(i), mark));
            if (i < answers.size()) {
                messages.add(message("assistant", answers.get(i), mark));
            }
        }
        return tokens(rendered(messages), mark);
    }

    private String rendered(List<Object> messages) {
        Map<String, Object> variables = new HashMap<>(format.tokens());
        variables.put("messages", messages);
        variables.put("add_generation_prompt", true);
        try {
            return template.render(variables);
        } catch (IllegalArgumentException e) {
            throw refusal(e);
        }
    }

    private Map<String, Object> message(String role, String text, char mark) {
        return Map.of("role", role, "content", marked(text, mark));
    }

    /** @return a character for private use that none of the texts has */
    private static char mark(List<String> texts) {
        return (char) IntStream.rangeClosed(0xe000, 0xf8ff)
                .filter(c -> texts.stream().noneMatch(text -> text.indexOf(c) >= 0)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("the conversation has all of Unicode's characters for"
                        + " private use, of which one must be left: leave some out"));
    }

    /** @return the text with a mark within all that is spelled as a special token */
    private String marked(String text, char mark) {
        if (tokenizer.special().stream().noneMatch(text::contains)) {
            return text;
        }
        Pattern spelled = Pattern.compile(tokenizer.special().stream().map(Pattern::quote).collect(Collectors.joining("|")));
        String once = spelled.matcher(text).replaceAll(found -> Matcher.quoteReplacement(broken(found.group(), mark)));
        return marked(once, mark); // one may have stood within another
    }

    private static String broken(String token, char mark) {
        int middle = token.offsetByCodePoints(0, token.codePointCount(0, token.length()) / 2);
        if (middle == 0) {
            throw new IllegalArgumentException("a text has the character " + token
                    + ", which is a special token of this model by itself: leave it out");
        }
        return token.substring(0, middle) + mark + token.substring(middle);
    }

    /** What was marked is encoded in parts, none of which is spelled as a special token. */
    private int[] tokens(String rendered, char mark) {
        return Stream.of(rendered.split(Pattern.quote(String.valueOf(mark)), -1))
                .flatMapToInt(part -> IntStream.of(tokenizer.encodeWithSpecial(part))).toArray();
    }
}
