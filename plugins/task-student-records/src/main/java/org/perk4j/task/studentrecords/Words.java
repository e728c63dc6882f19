package org.perk4j.task.studentrecords;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.perk4j.data.Draw;
import org.perk4j.formats.TextFile;

/**
 * An endless source of words, half from a list and half made up.
 *
 * @param listed if empty, all words are made up
 */
record Words(List<String> listed) {

    private static final double LISTED = 0.5;
    private static final double ACCENTED = 0.05;
    private static final double BEGINS_WITH_CONSONANT = 0.85;
    private static final double ENDS_IN_CONSONANT = 0.35;
    private static final int SHORTEST = 3;

    private static final List<Integer> SYLLABLES = List.of(1, 2, 2, 2, 3);
    private static final List<String> ONSETS =
            split("b br c ch cl d dr f fl g gl gr h j k kh kl kr l m n p ph pl pr qu r rh s sh "
            + "sk sl sn sp st str t th tr ts v w y z zh");
    /** Single vowels appear twice, since they are more frequent. */
    private static final List<String> VOWELS = split("a e i o u a e i o u ai au ea ee ei ia ie io oa oo ou ua y");
    private static final List<String> CODAS =
            split("b ck d f g k l ld ll lm m mp n nd ng nk ns nt p r rd rk rn rs rt s sh sk ss st t th tt x z");
    private static final String PLAIN_LETTERS = "aeioucnsz";
    private static final String ACCENTED_LETTERS = "áéíöüçñšž";

    /**
     * @param file a file with a word on each line; empty for none
     * @throws IllegalArgumentException naming file and remedy, if it has no words or can't be read
     */
    static Words read(String file) {
        if (file.isEmpty()) {
            return new Words(List.of());
        }
        try {
            List<String> words = TextFile.read(Path.of(file)).lines().map(String::strip).filter(w -> !w.isEmpty()).toList();
            if (words.isEmpty()) {
                throw new IllegalArgumentException("words: " + file
                        + " holds no word: name a file with a word on each line");
            }
            return new Words(words);
        } catch (FileSystemException e) {
            throw new IllegalArgumentException("words: " + file
                    + " can't be read: name a file that is there and may be read", e);
        } catch (IOException e) {
            throw new IllegalArgumentException("words: " + e.getMessage(), e);
        }
    }

    private static List<String> split(String list) {
        return List.of(list.split(" "));
    }

    /** @return a capitalized word */
    String capitalized(SplittableRandom random) {
        String word = !listed.isEmpty() && random.nextDouble() < LISTED ? Draw.from(listed, random) : madeUp(random);
        if (random.nextDouble() < ACCENTED) {
            word = accented(word, random.nextInt(word.length()));
        }
        return word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1);
    }

    /** A pronounceable word that need not exist in any language. */
    private static String madeUp(SplittableRandom random) {
        StringBuilder word = new StringBuilder();
        int syllables = Draw.from(SYLLABLES, random);
        for (int i = 0; i < syllables; i++) {
            word.append(random.nextDouble() < BEGINS_WITH_CONSONANT ? Draw.from(ONSETS, random) : "");
            word.append(Draw.from(VOWELS, random));
            word.append(random.nextDouble() < ENDS_IN_CONSONANT ? Draw.from(CODAS, random) : "");
        }
        return word.length() < SHORTEST ? word + Draw.from(CODAS, random) : word.toString();
    }

    private static String accented(String word, int at) {
        int letter = PLAIN_LETTERS.indexOf(word.charAt(at));
        return letter < 0 ? word : word.substring(0, at) + ACCENTED_LETTERS.charAt(letter) + word.substring(at + 1);
    }
}
