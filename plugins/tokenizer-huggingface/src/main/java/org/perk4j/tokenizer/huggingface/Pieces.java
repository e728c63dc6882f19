package org.perk4j.tokenizer.huggingface;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Cuts long texts into pieces whose tokens, one after another, are those of the whole text. The native library takes memory
 * for each character of what it is given at once, and gives up, together with the whole process, where a regular expression
 * has more than ten million tries, as it has on that many spaces.
 *
 * <p>There are two kinds of places where a cut makes no difference:
 * <ul>
 * <li>before a single space between two other characters. The patterns by which GPT-2, Llama 3 and Qwen2 find words
 *     ({@link WordPattern}) never have a space behind another character in one word, so one ends there; none looks back, so
 *     what follows is found as before; and what looks forward does so behind white space only, so what precedes is too.
 *     Where spaces count as letters instead, as with Llama 2, no merge crosses the place if no token has a space behind
 *     another letter, which is checked for the vocabulary at hand.
 * <li>behind a single line break between two other characters, likewise with these patterns, unless a prefix is put before
 *     each text that doesn't begin with a space.
 * </ul>
 * No normalizer that is allowed looks over such a place, nor does an added token without white space in it.
 *
 * @param space        how a space is written in words that it is a letter of, else a space
 * @param atSpaces     whether texts may be cut before spaces
 * @param atLines      whether texts may be cut behind line breaks
 * @param spaceIsAdded whether the tokenizer puts a space before each text that it is given: the one at a cut is left out
 */
record Pieces(int space, boolean atSpaces, boolean atLines, boolean spaceIsAdded) {

    /** As long as pieces become where there is a place to cut. */
    private static final int USUAL = 1 << 16;

    /**
     * As long as they ever become. A word as long as this, which no text in any language has, is cut nevertheless: the
     * native library fails on one ten times as long.
     */
    private static final int MOST = 1 << 20;

    private static final Pieces NONE = new Pieces(' ', false, false, false);

    private static final Set<String> UNICODE = Set.of("NFC", "NFD", "NFKC", "NFKD", "Lowercase");

    /**
     * @param vocabulary the tokens that merges make
     * @param added      the tokens that are found in a text before all else
     */
    static Pieces of(Components components, Set<String> vocabulary, List<AddedToken> added) {
        if (added.stream().anyMatch(token -> token.lstrip() || token.rstrip()
                || token.content().codePoints().anyMatch(c -> isSpace(c) || c == '\u2581'))) {
            return NONE;
        }
        Pieces pieces = components.normalizers().stream().allMatch(step -> UNICODE.contains(step.get("type")))
                ? betweenWords(components.preTokenizers()) : NONE;
        return pieces == NONE ? withinWords(components, vocabulary, added) : pieces;
    }

    private static Pieces betweenWords(List<Map<String, Object>> preTokenizers) {
        boolean words = false;
        boolean known = true;
        for (Map<String, Object> step : preTokenizers) {
            switch ((String) step.get("type")) {
                case "Digits", "Punctuation" -> { } // only cut further
                case "Split" -> {
                    WordPattern pattern = Components.words(step);
                    if (pattern == null || !pattern.endsAtSpaces()) {
                        return NONE;
                    }
                    words = true;
                    known &= pattern.known();
                }
                case "ByteLevel" -> {
                    words |= (boolean) step.get("use_regex");
                    boolean prefixed = (boolean) step.get("add_prefix_space");
                    return words ? new Pieces(' ', true, known && !prefixed, false) : NONE;
                }
                default -> {
                    return NONE;
                }
            }
        }
        return words ? new Pieces(' ', true, known, false) : NONE;
    }

    private static Pieces withinWords(Components components, Set<String> vocabulary, List<AddedToken> added) {
        List<Map<String, Object>> steps = new ArrayList<>(components.normalizers());
        steps.addAll(components.preTokenizers());
        boolean prepended = !steps.isEmpty() && steps.get(0).get("type").equals("Prepend");
        Object prefix = prepended ? steps.remove(0).get("prepend") : null;
        if (steps.size() != 1) {
            return NONE;
        }
        Map<String, Object> step = steps.get(0);
        boolean replaces = step.get("type").equals("Replace") && step.get("pattern").equals(Map.of("String", " "));
        Object space = replaces ? step.get("content") : step.get("replacement"); // the latter only of Metaspace
        if (!(space instanceof String letter) || letter.codePointCount(0, letter.length()) != 1
                || !vocabulary.contains(letter) || vocabulary.stream().anyMatch(token -> hasBehindAnother(token, letter))
                || prepended && (!letter.equals(prefix) || !replaces || !added.isEmpty())) {
            return NONE;
        }
        return new Pieces(letter.codePointAt(0), true, false, prepended);
    }

    /** Whether a token has a letter anywhere but at its beginning, where it may stand several times. */
    private static boolean hasBehindAnother(String token, String letter) {
        int start = 0;
        while (token.startsWith(letter, start)) {
            start += letter.length();
        }
        return token.indexOf(letter, start) >= 0;
    }

    /** @return the pieces of {@code text}, in order */
    List<String> of(String text) {
        return of(text, USUAL, MOST);
    }

    List<String> of(String text, int usual, int most) {
        List<String> pieces = new ArrayList<>();
        int start = 0;
        while (text.length() - start > usual) {
            int cut = cut(text, start, usual, most);
            if (cut == text.length()) {
                break;
            }
            pieces.add(text.substring(start, cut));
            start = spaceIsAdded && isPlace(text, cut) ? cut + 1 : cut;
        }
        pieces.add(text.substring(start));
        return pieces;
    }

    /** The last place to cut within the usual length, else the first one behind it, else wherever it must be. */
    private int cut(String text, int start, int usual, int most) {
        for (int cut = start + usual; cut > start + 1; cut--) {
            if (isPlace(text, cut)) {
                return cut;
            }
        }
        int last = Math.min(text.length(), start + most);
        for (int cut = start + usual + 1; cut < last; cut++) {
            if (isPlace(text, cut)) {
                return cut;
            }
        }
        boolean withinPair = last < text.length() && Character.isSurrogatePair(text.charAt(last - 1), text.charAt(last));
        return withinPair ? last - 1 : last;
    }

    /** Whether a cut before this place makes no difference. */
    private boolean isPlace(String text, int cut) {
        return atSpaces && isBetweenOthers(text, cut, ' ') || atLines && isBetweenOthers(text, cut - 1, '\n');
    }

    private boolean isBetweenOthers(String text, int place, char c) {
        return place > 0 && place + 1 < text.length() && text.charAt(place) == c
                && !isSpace(text.codePointBefore(place)) && text.codePointBefore(place) != space
                && !isSpace(text.codePointAt(place + 1));
    }

    /** Whatever anyone takes for white space. */
    private static boolean isSpace(int c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || Character.isISOControl(c);
    }
}
