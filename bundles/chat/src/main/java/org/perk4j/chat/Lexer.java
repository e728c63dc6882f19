package org.perk4j.chat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Splits a template into tokens, omitting white space around blocks as by Jinja's trim_blocks and lstrip_blocks. */
final class Lexer {

    /** More characters than any model's template has. */
    private static final int LONGEST = 1 << 20;

    private static final List<String> OPERATORS = List.of("**", "//", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~",
            "<", ">", "=", "(", ")", "[", "]", "{", "}", ",", ":", ".", "|");

    private static final Pattern NAME = Pattern.compile("[\\p{L}_][\\p{L}\\p{N}_]*");
    private static final Pattern NUMBER = Pattern.compile("\\d+(\\.\\d+)?([eE][+-]?\\d+)?");
    private static final Pattern RAW_END = Pattern.compile("\\{%[-+]?\\s*endraw\\s*[-+]?%}");

    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int position;
    private int line = 1;

    Lexer(String source) {
        if (source.length() > LONGEST) {
            throw new IllegalArgumentException("the template has " + source.length() + " characters, more than " + LONGEST);
        }
        String text = source.replace("\r\n", "\n").replace('\r', '\n');
        this.source = text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
    }

    List<Token> tokens() {
        while (position < source.length()) {
            int tag = nextTag();
            if (tag < 0) {
                add(Token.Kind.DATA, source.substring(position), source.length());
                break;
            }
            char kind = source.charAt(tag + 1);
            char sign = tag + 2 < source.length() ? source.charAt(tag + 2) : ' ';
            data(tag, sign == '-', kind != '{' && sign != '+');
            position = tag + (sign == '-' || sign == '+' ? 3 : 2);
            switch (kind) {
                case '#' -> comment();
                case '{' -> tag(Token.Kind.PRINT, "}}");
                default -> tag(Token.Kind.BLOCK, "%}");
            }
        }
        return tokens;
    }

    private int nextTag() {
        for (int i = source.indexOf('{', position); i >= 0 && i + 1 < source.length(); i = source.indexOf('{', i + 1)) {
            if ("{%#".indexOf(source.charAt(i + 1)) >= 0) {
                return i;
            }
        }
        return -1;
    }

    /** The text before a tag, without the white space that the tag removes. */
    private void data(int tag, boolean strip, boolean stripLine) {
        int end = tag;
        if (strip) {
            while (end > position && Character.isWhitespace(source.charAt(end - 1))) {
                end--;
            }
        } else if (stripLine) {
            int start = tag;
            while (start > position && (source.charAt(start - 1) == ' ' || source.charAt(start - 1) == '\t')) {
                start--;
            }
            boolean isLineStart = start == 0 || source.charAt(start - 1) == '\n';
            end = isLineStart ? start : tag;
        }
        add(Token.Kind.DATA, source.substring(position, end), tag);
    }

    private void add(Token.Kind kind, String text, int next) {
        if (kind != Token.Kind.DATA || !text.isEmpty()) {
            tokens.add(new Token(kind, text, line));
        }
        line += (int) source.substring(position, next).chars().filter(c -> c == '\n').count();
        position = next;
    }

    private void comment() {
        int end = source.indexOf("#}", position);
        if (end < 0) {
            throw failure("a comment isn't closed");
        }
        boolean strip = end > position && source.charAt(end - 1) == '-';
        move(end + 2);
        afterBlock(strip, true);
    }

    private void move(int next) {
        add(Token.Kind.DATA, "", next);
    }

    private void afterBlock(boolean strip, boolean trim) {
        int next = position;
        if (strip) {
            while (next < source.length() && Character.isWhitespace(source.charAt(next))) {
                next++;
            }
        } else if (trim && next < source.length() && source.charAt(next) == '\n') {
            next++;
        }
        move(next);
    }

    /** Reads a tag's tokens. What looks like its end isn't one within brackets or a string. */
    private void tag(Token.Kind kind, String end) {
        int first = tokens.size();
        add(kind, "", position);
        Deque<Character> open = new ArrayDeque<>();
        while (true) {
            while (position < source.length() && Character.isWhitespace(source.charAt(position))) {
                move(position + 1);
            }
            if (position == source.length()) {
                throw failure("a tag isn't closed");
            }
            char sign = source.charAt(position);
            boolean signed = (sign == '-' || sign == '+') && source.startsWith(end, position + 1);
            if (open.isEmpty() && (signed || source.startsWith(end, position))) {
                add(Token.Kind.END, "", position + end.length() + (signed ? 1 : 0));
                boolean isBlock = kind == Token.Kind.BLOCK;
                afterBlock(signed && sign == '-', isBlock && !signed);
                if (isBlock && tokens.get(first + 1).is(Token.Kind.NAME, "raw")) {
                    raw(first);
                }
                return;
            }
            token(open);
        }
    }

    private void raw(int first) {
        tokens.subList(first, tokens.size()).clear();
        Matcher end = RAW_END.matcher(source);
        if (!end.find(position)) {
            throw failure("raw without endraw");
        }
        data(end.start(), end.group().startsWith("{%-"), true);
        move(end.end());
        afterBlock(end.group().endsWith("-%}"), true);
    }

    private void token(Deque<Character> open) {
        char c = source.charAt(position);
        Matcher name = NAME.matcher(source).region(position, source.length());
        Matcher number = NUMBER.matcher(source).region(position, source.length());
        if (c == '"' || c == '\'') {
            string(c);
        } else if (name.lookingAt()) {
            add(Token.Kind.NAME, name.group(), name.end());
        } else if (number.lookingAt()) {
            boolean isWhole = number.group(1) == null && number.group(2) == null;
            add(isWhole ? Token.Kind.INTEGER : Token.Kind.FLOAT, number.group(), number.end());
        } else {
            String operator = OPERATORS.stream().filter(each -> source.startsWith(each, position)).findFirst()
                    .orElseThrow(() -> failure("unexpected " + c));
            if ("([{".contains(operator)) {
                open.push(operator.charAt(0));
            } else if (")]}".contains(operator) && (open.isEmpty() || open.pop() != "([{".charAt(")]}".indexOf(operator)))) {
                throw failure("unexpected " + operator);
            }
            add(Token.Kind.OPERATOR, operator, position + operator.length());
        }
    }

    private void string(char quote) {
        StringBuilder text = new StringBuilder();
        int i = position + 1;
        while (i < source.length() && source.charAt(i) != quote) {
            if (source.charAt(i) == '\\' && i + 1 < source.length()) {
                i = escape(text, i + 1);
            } else {
                text.append(source.charAt(i++));
            }
        }
        if (i >= source.length()) {
            throw failure("a string isn't closed");
        }
        add(Token.Kind.STRING, text.toString(), i + 1);
    }

    /** @return the position after it */
    private int escape(StringBuilder text, int at) {
        char c = source.charAt(at);
        int digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
        if (digits > 0 && at + digits < source.length()) {
            try {
                text.appendCodePoint(Integer.parseInt(source, at + 1, at + 1 + digits, 16));
            } catch (IllegalArgumentException e) {
                throw failure("\\" + c + " isn't followed by the number of a character");
            }
            return at + 1 + digits;
        }
        int known = "ntrabfv0\\'\"\n".indexOf(c);
        text.append(known < 0 ? "\\" + c : known == 11 ? "" : String.valueOf("\n\t\r\u0007\b\f\u000b\0\\'\"".charAt(known)));
        return at + 1;
    }

    private IllegalArgumentException failure(String problem) {
        return new IllegalArgumentException("line " + line + ": " + problem);
    }
}
