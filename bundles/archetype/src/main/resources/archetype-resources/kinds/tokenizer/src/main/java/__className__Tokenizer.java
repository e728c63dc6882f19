package ${package};

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.perk4j.data.Tokenizer;

/**
 * Each byte of UTF-8 is a token, and so is each of the given pieces of text; where several pieces fit, the longest is taken.
 * Tokens 0 to 255 are the bytes, 256 ends a text, and the pieces follow in their order.
 */
final class ${className}Tokenizer implements Tokenizer {

    private static final int END = 256;
    private static final Pattern NOTHING = Pattern.compile("(?!)");

    private final List<String> pieces;
    private final Pattern anyPiece;

    ${className}Tokenizer(List<String> pieces) {
        this.pieces = pieces;
        anyPiece = pieces.isEmpty() ? NOTHING : Pattern.compile(pieces.stream()
                .sorted(Comparator.comparing(String::length).reversed()) // the first alternative that fits is taken
                .map(Pattern::quote).collect(Collectors.joining("|")));
    }

    @Override
    public int[] encode(String text) {
        IntStream.Builder tokens = IntStream.builder();
        Matcher piece = anyPiece.matcher(text);
        int end = 0;
        while (piece.find()) {
            bytes(text.substring(end, piece.start())).forEach(tokens);
            tokens.add(END + 1 + pieces.indexOf(piece.group()));
            end = piece.end();
        }
        bytes(text.substring(end)).forEach(tokens);
        return tokens.build().toArray();
    }

    private static IntStream bytes(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return IntStream.range(0, bytes.length).map(i -> Byte.toUnsignedInt(bytes[i]));
    }

    /** What comes from a model need not be UTF-8, nor a token at all. */
    @Override
    public String decode(int... tokens) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int token : tokens) {
            if (token >= 0 && token < END) {
                bytes.write(token);
            } else if (token > END && token < vocabulary()) {
                bytes.writeBytes(pieces.get(token - END - 1).getBytes(StandardCharsets.UTF_8));
            }
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Override
    public int vocabulary() {
        return END + 1 + pieces.size();
    }

    @Override
    public int endOfText() {
        return END;
    }
}
