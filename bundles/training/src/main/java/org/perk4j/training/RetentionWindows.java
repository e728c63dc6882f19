package org.perk4j.training;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.perk4j.data.EncodedEpisode;
import org.perk4j.data.RetainedText;
import org.perk4j.data.Tokenizer;
import org.perk4j.formats.FileFormatException;
import org.perk4j.inference.Segmenter;

/**
 * Windows of the text that a training is not to make the base forget.
 *
 * @param text the tokens of all of it
 * @param seed decides which window is whose
 */
record RetentionWindows(int[] text, RetentionOptions options, long seed) {

    /**
     * @param positions the longest sequence that the model reads, in tokens
     * @return empty if the options name no text
     * @throws IOException              naming the file and the remedy, if it can't be read or is shorter than a window
     * @throws IllegalArgumentException if a window is longer than the model reads
     */
    static Optional<RetentionWindows> open(RetentionOptions options, Tokenizer tokenizer, int positions, long seed)
            throws IOException {
        if (options.text().isEmpty()) {
            return Optional.empty();
        }
        if (options.tokens() > positions) {
            throw new IllegalArgumentException("retention.tokens: the model reads at most " + positions);
        }
        Path file = Path.of(options.text());
        int[] text = tokenizer.encode(Segmenter.read(file));
        if (text.length < options.tokens()) {
            throw new FileFormatException(file, "holds only " + text.length + " tokens: give a longer text, or lower "
                    + "retention.tokens, " + options.tokens() + " now");
        }
        return Optional.of(new RetentionWindows(text, options, seed));
    }

    /** @return the episode with the window that goes with its key */
    EncodedEpisode with(EncodedEpisode episode) {
        int starts = text.length - options.tokens() + 1;
        int start = (int) (Keys.fraction(Keys.of(seed, episode.key())) * starts);
        return episode.with(new RetainedText(Arrays.copyOfRange(text, start, start + options.tokens()), options.weight()));
    }
}
