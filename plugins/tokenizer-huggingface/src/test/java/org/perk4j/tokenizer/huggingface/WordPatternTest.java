package org.perk4j.tokenizer.huggingface;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WordPatternTest {

    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '`', ignoreLeadingAndTrailingWhitespace = false, value = {
        "` ?\\p{L}+\\.?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+|\\s+`;true", // of the quickstart
        "[^\\s]+|\\s+(?!\\S)|\\s+;true",
        "\\p{L}+|\\s+;true",
        "\\s?[A-Za-z一-龥]+|\\s+;true",
        "\\p{L}+;false", // spaces are between words
        "[\\w ]+|\\s+;false",
        "[\\w ]{2}|\\s+;false",
        "a b|\\s+;false",
        ".+;false",
        "[\\r\\n];false",
        "\\d{1,3};false"})
    void alternativesOfCharactersAreHarmless(String regex, boolean endsAtSpaces) {
        assertEquals(new WordPattern(false, endsAtSpaces), WordPattern.of(regex));
    }

    @Test
    void thoseOfKnownModelsAreHarmless() {
        assertEquals(new WordPattern(true, true), WordPattern.of(WordPattern.QWEN2));
        assertEquals(new WordPattern(true, true), WordPattern.of("[^\\r\\n\\p{L}\\p{N}]?"
                + "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*"
                + "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\\r\\n\\p{L}\\p{N}]?"
                + "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
                + "\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"), "of GPT-4o");
    }

    @ParameterizedTest
    @ValueSource(strings = {"(a+)+$", "(?:a|a)+", "a+a+", "a+b", "a*", "a?", "", "a|", "|a", "a?b?c?d?e", "a++", "a+?", "(",
            "[a", "\\",
        "(?=a)", "(?<=a)b", "^a", "a$", "\\b", "(a)\\1", "[a&&b]", "[[:alpha:]]", "a{0,}", "a{1,}b", "a{10}", "\\p{L", "a{",
        "\\k<x>"})
    void anythingElseIsNot(String regex) {
        assertNull(WordPattern.of(regex), regex);
    }
}
