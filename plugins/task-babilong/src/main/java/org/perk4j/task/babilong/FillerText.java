package org.perk4j.task.babilong;

import java.util.Iterator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.perk4j.data.Draw;

/** Generated English sentences, without the people, rooms and things of facts. */
final class FillerText implements Distractor {

    private static final List<String> SUBJECTS = List.of("the committee", "a local newspaper", "the old engineer",
            "our neighbour", "the research team", "a young painter", "the village council", "the harbour master",
            "an experienced sailor", "the museum", "the railway company", "a visiting professor", "the orchestra",
            "the city library", "a small publisher", "the weather service", "the apprentice",
            "the town's only baker");

    private static final List<String> DEEDS = List.of("announced a change of plans", "published a detailed report",
            "repaired the broken clock", "collected signatures for a new bridge", "counted the birds along the river",
            "asked for more time", "sold several paintings", "measured the depth of the lake",
            "explained how the old mill worked", "planned a journey to the mountains", "wrote a long letter",
            "welcomed the new regulations", "doubted the first results", "translated an ancient poem",
            "rehearsed the second act", "recorded the rainfall of the season", "opened the exhibition",
            "compared the two maps");

    private static final List<String> TIMES = List.of("last spring", "before the harvest", "on a rainy afternoon",
            "for the third time", "despite the cold", "without any help", "during the winter months", "to great applause",
            "after a short debate", "with surprising care", "early in the morning", "at the end of the century");

    private static final List<String> REMARKS = List.of("few people noticed", "the costs were modest",
            "nobody had expected it", "the reasons were never given", "the results lasted for years",
            "many still talk about it", "the weather turned soon after", "it hardly made a difference",
            "others followed the example", "the archives mention it only once");

    @Override
    public Iterator<String> sentences(SplittableRandom random) {
        return Stream.generate(() -> sentence(random)).iterator();
    }

    private static String sentence(SplittableRandom random) {
        String subject = Draw.from(SUBJECTS, random);
        String deed = Draw.from(DEEDS, random);
        String time = Draw.from(TIMES, random);
        String sentence = switch (random.nextInt(3)) {
            case 0 -> "%s %s %s.".formatted(subject, deed, time);
            case 1 -> "%s, %s %s.".formatted(time, subject, deed);
            default -> "%s %s %s, and %s.".formatted(subject, deed, time, Draw.from(REMARKS, random));
        };
        return Character.toUpperCase(sentence.charAt(0)) + sentence.substring(1);
    }
}
