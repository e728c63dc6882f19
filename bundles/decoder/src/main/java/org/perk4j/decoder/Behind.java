package org.perk4j.decoder;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.perk4j.model.Tokens;
import org.perk4j.tensor.Segments;

/**
 * The layout of rows when virtual tokens are put before each sequence of a text.
 *
 * @param text  the sequences without them
 * @param count the number of virtual tokens before each sequence
 */
record Behind(Segments text, int count) {

    /** @return virtual tokens alone, {@code count} in each sequence */
    static Tokens virtual(int sequences, int count) {
        int[] lengths = new int[sequences];
        Arrays.fill(lengths, count);
        int[] ids = new int[sequences * count];
        Arrays.fill(ids, -1);
        Segments segments = new Segments(lengths);
        return new Tokens(ids, segments, segments.positions());
    }

    /** @return the text, with its positions shifted by the virtual tokens */
    Tokens moved(Tokens tokens) {
        return new Tokens(tokens.ids(), text, Arrays.stream(tokens.positions()).map(position -> count + position).toArray());
    }

    /** @return the text with the virtual tokens, which have the number -1 */
    Tokens withVirtual(Tokens moved) {
        int[] textOfRow = textOfRow();
        int[] virtualOfRow = virtualOfRow();
        IntStream rows = IntStream.range(0, textOfRow.length);
        return new Tokens(Arrays.stream(textOfRow).map(row -> row < 0 ? -1 : moved.ids()[row]).toArray(), segments(),
                rows.map(i -> textOfRow[i] < 0 ? virtualOfRow[i] : moved.positions()[textOfRow[i]]).toArray());
    }

    /** @return the sequences including the virtual tokens */
    Segments segments() {
        return new Segments(Arrays.stream(text.lengths()).map(length -> count + length).toArray());
    }

    /** @return for each row including the virtual tokens, the row in the text; -1 for a virtual token */
    int[] textOfRow() {
        int[] rows = new int[segments().rows()];
        Arrays.fill(rows, -1);
        int[] rowOfText = rowOfText();
        IntStream.range(0, rowOfText.length).forEach(row -> rows[rowOfText[row]] = row);
        return rows;
    }

    /** @return for each row including the virtual tokens, the number of the virtual token; -1 for one of the text */
    int[] virtualOfRow() {
        return Arrays.stream(segments().positions()).map(position -> position < count ? position : -1).toArray();
    }

    /** @return for each row of the text, the row including the virtual tokens */
    int[] rowOfText() {
        int[] positions = segments().positions();
        return IntStream.range(0, positions.length).filter(row -> positions[row] >= count).toArray();
    }
}
