package org.perk4j.task.babilong;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** The sentences of a file, from a random one on; after the last comes the first. */
record TextFile(List<String> sentences) implements Distractor {

    /** @throws IllegalArgumentException naming file and remedy, if it has no text or can't be read */
    static TextFile read(Path file) {
        List<String> sentences;
        try {
            sentences = split(org.perk4j.formats.TextFile.read(file));
        } catch (FileSystemException e) {
            throw new IllegalArgumentException(
                    file + ": " + (e.getReason() == null ? "can't be read, for an unknown reason" : e.getReason()),
                    e);
        } catch (IOException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
        if (sentences.isEmpty()) {
            throw new IllegalArgumentException(file + ": there is no text in it: name a file with sentences");
        }
        return new TextFile(sentences);
    }

    private static List<String> split(String text) {
        BreakIterator boundary = BreakIterator.getSentenceInstance(Locale.ENGLISH);
        boundary.setText(text);
        List<String> sentences = new ArrayList<>();
        int start = boundary.first();
        for (int end = boundary.next(); end != BreakIterator.DONE; end = boundary.next()) {
            String sentence = text.substring(start, end).strip();
            if (!sentence.isEmpty()) {
                sentences.add(sentence);
            }
            start = end;
        }
        return List.copyOf(sentences);
    }

    @Override
    public Iterator<String> sentences(SplittableRandom random) {
        int first = random.nextInt(sentences.size());
        return IntStream.iterate(first, i -> (i + 1) % sentences.size()).mapToObj(sentences::get).iterator();
    }
}
