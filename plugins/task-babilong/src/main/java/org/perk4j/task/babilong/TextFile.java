package org.perk4j.task.babilong;

import java.util.Iterator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** The sentences of a file, from a random one on; after the last comes the first. */
record TextFile(List<String> sentences) implements Distractor {

    @Override
    public Iterator<String> sentences(SplittableRandom random) {
        int first = random.nextInt(sentences.size());
        return IntStream.iterate(first, i -> (i + 1) % sentences.size()).mapToObj(sentences::get).iterator();
    }
}
