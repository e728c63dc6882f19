package org.perk4j.data;

/** Text to tokens and back. Thread-safe. */
public interface Tokenizer {

    /** @return the tokens of {@code text}, no special tokens added */
    int[] encode(String text);

    /** @return the text of {@code tokens}, special tokens left out */
    String decode(int... tokens);

    /** @return the number of tokens it knows; every token is below it */
    int vocabulary();

    /** @return the token that ends a text */
    int endOfText();
}
