package org.perk4j.chat;

import java.util.List;

/** The tokens of a template, one after another. */
final class Tokens {

    /** More than any template nests anything, and few enough for the stack. */
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

    /** @return where this is, to come {@link #back} to */
    int position() {
        return position;
    }

    void back(int before) {
        position = before;
    }

    Token next() {
        if (atEnd()) {
            throw failure("it ends too early");
        }
        return tokens.get(position++);
    }

    /** @return the token that was taken last */
    Token last() {
        return tokens.get(position - 1);
    }

    /** @return the token that comes next; one of no kind that is looked for if there is none */
    Token peek() {
        return atEnd() ? new Token(Token.Kind.DATA, "", 0) : tokens.get(position);
    }

    boolean isNext(String word) {
        return peek().is(Token.Kind.NAME, word) || peek().is(Token.Kind.OPERATOR, word);
    }

    /** @return whether the word came next, which is taken then */
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

    /** @return how deep what is read now is nested, to come {@link #outTo} again */
    int depth() {
        return depth;
    }

    void outTo(int outer) {
        depth = outer;
    }

    /** What is read next is nested in what was read: computing it will take more of the stack, as reading it may. */
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
