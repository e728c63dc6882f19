package org.perk4j.chat;

import java.util.List;

/** The tokens of a template, with a position in them. */
final class Tokens {

    /** Deeper than any template nests, and not too deep for the stack. */
    private static final int DEEPEST = 200;

    private final List<Token> tokens;
    private int position;
    private int depth;

    Tokens(List<Token> tokens) {
        this.tokens = List.copyOf(tokens);
    }

    boolean atEnd() {
        return position == tokens.size();
    }

    /** @return the position, to go {@link #back} to */
    int position() {
        return position;
    }

    void back(int before) {
        position = before;
    }

    Token next() {
        if (atEnd()) {
            throw failure("the template ends too early");
        }
        return tokens.get(position++);
    }

    /** @return the last token that was taken */
    Token last() {
        return tokens.get(position - 1);
    }

    /** @return the next token, which is not taken; at the end, a token without text */
    Token peek() {
        return atEnd() ? new Token(Token.Kind.DATA, "", 0) : tokens.get(position);
    }

    boolean isNext(String word) {
        return peek().is(Token.Kind.NAME, word) || peek().is(Token.Kind.OPERATOR, word);
    }

    /** Takes the next token if it is this word. @return whether it was */
    boolean take(String word) {
        boolean isNext = isNext(word);
        position += isNext ? 1 : 0;
        return isNext;
    }

    void require(String word) {
        if (!take(word)) {
            throw failure(word + " is missing before " + described());
        }
    }

    Token name() {
        if (peek().kind() != Token.Kind.NAME) {
            throw failure("a name is missing before " + described());
        }
        return next();
    }

    /** Takes the end of a tag. */
    void end() {
        if (peek().kind() != Token.Kind.END) {
            throw failure("the tag doesn't end before " + described());
        }
        next();
    }

    private String described() {
        return switch (peek().kind()) {
            case END -> "the end of the tag";
            case DATA, PRINT, BLOCK -> "what follows";
            default -> peek().text();
        };
    }

    /** @return the depth of nesting, to come {@link #outTo} again */
    int depth() {
        return depth;
    }

    void outTo(int outer) {
        depth = outer;
    }

    /** Enters a level of nesting, which takes more of the stack when it is parsed and when it is rendered. */
    void deeper() {
        if (++depth > DEEPEST) {
            throw failure("something is nested more than " + DEEPEST + " deep");
        }
    }

    IllegalArgumentException failure(String problem) {
        return tokens.isEmpty() ? new IllegalArgumentException(problem)
                : tokens.get(Math.min(position, tokens.size() - 1)).failure(problem);
    }
}
