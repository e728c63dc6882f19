package org.perk4j.task.babilong;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Answers questions from the text alone, knowing nothing of how it was made: replays the events of each person by their
 * numbers and follows where each thing goes. Fails where the facts allow more than one answer.
 */
final class Solver {

    private static final Pattern FACT = Pattern.compile("(\\w+) Event (\\d+): \\1 (went to|went back to|travelled to"
            + "|journeyed to|moved to|picked up|got|grabbed|took|discarded|dropped|left|put down) the (\\w+)(?: there)?\\.");

    private final Map<String, TreeMap<Integer, MatchResult>> facts = new TreeMap<>();

    static Solver read(String context) {
        Solver solver = new Solver();
        FACT.matcher(context).results().forEach(fact -> {
            MatchResult before = solver.facts.computeIfAbsent(fact.group(1), p -> new TreeMap<>())
                    .put(Integer.parseInt(fact.group(2)), fact);
            if (before != null) {
                throw new AssertionError("told twice: " + fact.group());
            }
        });
        return solver;
    }

    int facts() {
        return facts.values().stream().mapToInt(Map::size).sum();
    }

    String answer(String question) {
        String[] words = question.substring(0, question.length() - 1).split(" ");
        if (words[1].equals("was")) {
            return before(words[3], words[6]);
        }
        List<String> path = words[2].equals("the") ? pathOf(words[3]) : walk(words[2], null);
        return path.get(path.size() - 1);
    }

    private String before(String thing, String room) {
        List<String> path = pathOf(thing);
        List<String> before = new ArrayList<>();
        for (int i = 1; i < path.size(); i++) {
            if (path.get(i).equals(room)) {
                before.add(path.get(i - 1));
            }
        }
        return only(before);
    }

    private List<String> pathOf(String thing) {
        return only(facts.keySet().stream().map(person -> walk(person, thing)).filter(path -> !path.isEmpty()).toList());
    }

    /** @return the rooms that a person went through, or only those that a thing was in while the person had it */
    private List<String> walk(String person, String thing) {
        List<String> path = new ArrayList<>();
        String room = null;
        boolean has = thing == null;
        for (MatchResult fact : facts.get(person).values()) {
            if (fact.group(3).endsWith(" to")) {
                room = fact.group(4);
                if (has) {
                    path.add(room);
                }
            } else if (fact.group(4).equals(thing)) {
                has = !has;
                boolean takes = fact.group(3).matches("picked up|got|grabbed|took");
                if (has != takes || !path.isEmpty() && !path.get(path.size() - 1).equals(room)) {
                    throw new AssertionError("impossible: " + fact.group());
                }
                if (path.isEmpty()) {
                    path.add(room);
                }
            }
        }
        return path;
    }

    private static <T> T only(List<T> list) {
        if (list.size() != 1) {
            throw new AssertionError("not one answer but " + list);
        }
        return list.get(0);
    }
}
