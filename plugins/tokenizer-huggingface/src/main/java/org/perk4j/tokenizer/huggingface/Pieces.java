package org.perk4j.tokenizer.huggingface;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Cuts long texts into pieces whose tokens, one after another, are those of the whole text. The native library takes memory
 * for each character that it gets at once, and aborts the process if a regular expression needs more than ten million
 * tries, as it does on that many spaces.
 *
 * <p>A cut makes no difference in two kinds of places:
 * <ul>
 * <li>before a single space between two other characters. In the patterns by which known models find words
 *     ({@link WordPattern}), no word has a space after another character, so a word ends there; no pattern looks behind, so
 *     the words after it are unchanged; and they look ahead only after white space, so the words before it are too. If
 *     spaces count as letters instead, as in Llama 2, no merge crosses the place if no token has a space after another
 *     letter, which is checked for the vocabulary.
 * <li>after a single line break between two other characters, likewise with these patterns, unless a prefix is put before
 *     each text that doesn't begin with a space.
 * </ul>
 * No supported normalizer depends on both sides of such a place, nor does an added token without white space.
 *
 * @param space        the character that stands for a space within words; a space if there is none
 * @param atSpaces     whether texts may be cut before spaces
 * @param atLines      whether texts may be cut after line breaks
 * @param spaceIsAdded whether the tokenizer puts a space before each text, so that the one at a cut is omitted
 */
record Pieces(int space, boolean atSpaces, boolean atLines, boolean spaceIsAdded) {

    /** The length of pieces, if there is a place to cut. */
    private static final int USUAL = 1 << 16;

    /**
     * The largest length of pieces. A word of this length, which occurs in no language, is cut nevertheless: the native
     * library fails on one ten times as long.
     */
    private static final int MOST = 1 << 20;

    private static final Pieces NONE = new Pieces(' ', false, false, false);

    private static final Set<String> UNICODE = Set.of("NFC", "NFD", "NFKC", "NFKD", "Lowercase");

    /**
     * @param vocabulary the tokens that merges can make
     * @param added      the tokens that are found in a text before everything else
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
                case "Digits", "Punctuation" -> { } // these only split further
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
        Object space = replaces ? step.get("content") : step.get("replacement"); // the latter for Metaspace only
        if (!(space instanceof String letter) || letter.codePointCount(0, letter.length()) != 1
                || !vocabulary.contains(letter) || vocabulary.stream().anyMatch(token -> hasBehindAnother(token, letter))
                || prepended && (!letter.equals(prefix) || !replaces || !added.isEmpty())) {
            return NONE;
        }
        return new Pieces(letter.codePointAt(0), true, false, prepended);
    }

    /** Whether a token has this letter anywhere but in a run at its beginning. */
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

    /** The last place to cut within the usual length, or the first one after it, or else anywhere. */
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

    /** Whether a cut at this index makes no difference. */
    private boolean isPlace(String text, int cut) {
        return atSpaces && isBetweenOthers(text, cut, ' ') || atLines && isBetweenOthers(text, cut - 1, '\n');
    }

    private boolean isBetweenOthers(String text, int place, char c) {
        return place > 0 && place + 1 < text.length() && text.charAt(place) == c
                && !isSpace(text.codePointBefore(place)) && text.codePointBefore(place) != space
                && !isSpace(text.codePointAt(place + 1));
    }

    /** White space by any definition. */
    private static boolean isSpace(int c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || Character.isISOControl(c);
    }
}
