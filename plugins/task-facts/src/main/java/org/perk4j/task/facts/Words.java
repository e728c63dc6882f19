package org.perk4j.task.facts;

import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.perk4j.data.Draw;
import org.perk4j.formats.TextFile;

/**
 * An endless source of words: half are from a list, half are the beginning of one of its words and the end of another.
 *
 * @param listed at least {@link #FEWEST}
 */
record Words(List<String> listed) {

    /** With fewer, names of one context would run out. */
    private static final int FEWEST = 100;
    private static final double LISTED = 0.5;

    /** @throws IllegalArgumentException naming file and remedy, if it has too few words or can't be read */
    static Words read(Path file) {
        List<String> words = TextFile.readNamed(file).lines().map(String::strip).filter(word -> word.length() > 2).toList();
        if (words.size() < FEWEST) {
            throw new IllegalArgumentException(file + ": has only " + words.size()
                    + " words of three letters or more: name a file with at least " + FEWEST + ", one on each line");
        }
        return new Words(words);
    }

    String word(SplittableRandom random) {
        String word = Draw.from(listed, random);
        if (random.nextDouble() < LISTED) {
            return word;
        }
        String other = Draw.from(listed, random);
        return word.substring(0, (word.length() + 1) / 2) + other.substring(other.length() / 2);
    }

    /** @return the words, one to {@code most}, with spaces between them */
    String phrase(int most, SplittableRandom random) {
        return Stream.generate(() -> word(random)).limit(random.nextInt(most) + 1L).collect(Collectors.joining(" "));
    }
}
