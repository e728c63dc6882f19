package org.perk4j.tokenizer.huggingface;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Properties of a regular expression that splits texts into words. The native library's matcher backtracks if an expression
 * is ambiguous, and aborts the process when it gives up; so only expressions with little backtracking are allowed: those of
 * GPT-2 (in two notations), Llama 3, Qwen2 and GPT-4o, which goes back over a word of capitals once, and alternatives in
 * which nothing required follows a repetition.
 *
 * @param known        whether it is one of these five
 * @param endsAtSpaces whether no word has a space after another character, and every space is part of a word
 */
record WordPattern(boolean known, boolean endsAtSpaces) {

    private static final String GPT2 = "| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
    private static final String LLAMA3 = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}"
            + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

    static final String QWEN2 = LLAMA3.replace("{1,3}", "");

    /** Capitals, small letters, and either's, with those that have no case. */
    private static final String WORD = "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]%s"
            + "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]%s(?i:'s|'t|'re|'ve|'m|'ll|'d)?|";
    static final String GPT_4O = String.format(WORD, "*", "+") + String.format(WORD, "+", "*")
            + "\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

    private static final List<String> KNOWN = List.of("'s|'t|'re|'ve|'m|'ll|'d" + GPT2, "'(?:[sdmt]|ll|ve|re)" + GPT2,
            LLAMA3, QWEN2, GPT_4O);

    /** @return null if its running time might be more than linear in the text's length */
    static WordPattern of(String regex) {
        return KNOWN.contains(regex) ? new WordPattern(true, true) : new Reader(regex).read();
    }

    /** Parses alternatives of single characters, each required once, optional, or repeated. */
    private static final class Reader {

        private static final Pattern CHARACTER = Pattern.compile(
                "\\\\[sSdDwWrnt]|\\\\[pP]\\{[A-Za-z]{1,20}}|\\\\\\p{Punct}|[^\\\\\\[\\](){}*+?^$|]"
                        + "|\\[\\^?(?:\\\\[sSdDwWrnt]|\\\\[pP]\\{[A-Za-z]{1,20}}|\\\\\\p{Punct}|[^\\[\\]\\\\&])++]");
        private static final Pattern COUNT = Pattern.compile("\\{[0-9](?:,[0-9]?)?}|[?+]|");
        private static final String SPACES = "\\s+";
        private static final String LAST_SPACES = "\\s+(?!\\S)";
        private static final int MOST_COUNTS = 3;

        private final String regex;
        private final Matcher character;
        private final Matcher count;
        private int at;
        private boolean endsAtSpaces = true;
        private boolean takesSpaces;

        Reader(String regex) {
            this.regex = regex;
            this.character = CHARACTER.matcher(regex);
            this.count = COUNT.matcher(regex);
        }

        WordPattern read() {
            while (isAlternative()) {
                if (at == regex.length()) {
                    return new WordPattern(false, endsAtSpaces && takesSpaces);
                }
                at++; // a bar
            }
            return null;
        }

        private boolean isAlternative() {
            int start = at;
            if (regex.startsWith(LAST_SPACES, at)) {
                at += LAST_SPACES.length();
                return isEnd();
            }
            int counts = 0;
            boolean repeated = false;
            boolean required = false;
            while (!isEnd()) {
                boolean first = at == start;
                if (!character.region(at, regex.length()).lookingAt()) {
                    return false;
                }
                String kind = character.group();
                count.region(character.end(), regex.length()).lookingAt();
                String times = count.group();
                at = count.end();
                boolean optional = times.equals("?") || times.startsWith("{0");
                boolean repeats = times.equals("+") || times.endsWith(",}");
                counts += times.isEmpty() || repeats ? 0 : 1;
                if (repeated && !optional || optional && repeats || counts > MOST_COUNTS) {
                    return false;
                }
                repeated |= repeats;
                required |= !optional;
                boolean several = !times.isEmpty() && !times.equals("?") && !kind.equals("\\s") && !kind.equals(" ");
                endsAtSpaces &= !" ".matches(kind) || first && !several;
            }
            takesSpaces |= regex.substring(start, at).equals(SPACES);
            return required;
        }

        private boolean isEnd() {
            return at == regex.length() || regex.charAt(at) == '|';
        }
    }
}
