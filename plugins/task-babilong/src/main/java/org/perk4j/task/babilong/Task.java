package org.perk4j.task.babilong;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.perk4j.task.babilong.Event.Deed;

/** The tasks of BabiLong that the PERK paper uses. */
enum Task {
    /** Where somebody is: the last move. */
    QA1 {
        @Override
        List<Riddle> riddles(List<Event> story) {
            return Story.PEOPLE.stream()
                    .map(person -> last(moves(deedsOf(person, story))))
                    .flatMap(List::stream)
                    .map(move -> new Riddle("Where is " + move.person() + "?", move.thing(), List.of(move)))
                    .toList();
        }
    },
    /** Where something is: the last action with it, and the last move of its holder, up to leaving it. */
    QA2 {
        @Override
        List<Riddle> riddles(List<Event> story) {
            return Story.THINGS.stream().flatMap(thing -> last(deedsWith(thing, story)).stream()
                    .map(deed -> where(thing, deed, story))).toList();
        }
    },
    /** Where something was before: the moves there and away, and the action that shows that it was carried along. */
    QA3 {
        @Override
        List<Riddle> riddles(List<Event> story) {
            return Story.THINGS.stream().flatMap(thing -> whereBefore(thing, story).stream()).toList();
        }
    };

    /** The most facts that a question needs. */
    static final int MOST_SUPPORT = 3;

    /** @return all questions of this task that have exactly one answer; the story is in chronological order */
    abstract List<Riddle> riddles(List<Event> story);

    /** @return the name of this task in the options, and the kind of its questions */
    String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * A question.
     *
     * @param support the facts that answer it, in chronological order
     */
    record Riddle(String question, String answer, List<Event> support) {
    }

    private static Riddle where(String thing, Event lastDeed, List<Event> story) {
        List<Event> path = deedsOf(lastDeed.person(), story);
        List<Event> known = lastDeed.deed() == Deed.LEAVE ? path.subList(0, lastDeed.number()) : path;
        Event move = last(moves(known)).get(0);
        return new Riddle("Where is the " + thing + "?", move.thing(), inOrder(lastDeed, move));
    }

    /** Asks about each room that the thing was carried into exactly once. */
    private static List<Riddle> whereBefore(String thing, List<Event> story) {
        List<Riddle> carries = carries(thing, story);
        return carries.stream()
                .filter(carry -> carries.stream().filter(c -> c.question().equals(carry.question())).count() == 1)
                .toList();
    }

    /** @return a question for each move with the thing: where it was before */
    private static List<Riddle> carries(String thing, List<Event> story) {
        List<Event> deeds = deedsWith(thing, story);
        if (deeds.isEmpty()) {
            return List.of();
        }
        List<Riddle> carries = new ArrayList<>();
        Event here = null;
        Event taken = null;
        for (Event event : deedsOf(deeds.get(0).person(), story)) {
            if (event.deed() == Deed.MOVE) {
                if (taken != null) {
                    carries.add(new Riddle(questionBefore(thing, event.thing()), here.thing(),
                            inOrder(here, event, evidence(taken, event, story))));
                }
                here = event;
            } else if (event.thing().equals(thing)) {
                taken = event.deed() == Deed.TAKE ? event : null;
            }
        }
        return carries;
    }

    /** The evidence that the thing was carried along: as in bAbI, that it was left after the move, or else taken before. */
    private static Event evidence(Event taken, Event move, List<Event> story) {
        return deedsOf(move.person(), story).stream().skip(move.number() + 1L)
                .takeWhile(event -> event.deed() != Deed.MOVE)
                .filter(event -> event.thing().equals(taken.thing()))
                .findFirst().orElse(taken);
    }

    private static String questionBefore(String thing, String room) {
        return "Where was the " + thing + " before the " + room + "?";
    }

    private static List<Event> inOrder(Event... events) {
        return Stream.of(events).sorted(Comparator.comparingInt(Event::number)).toList();
    }

    private static List<Event> deedsOf(String person, List<Event> story) {
        return story.stream().filter(event -> event.person().equals(person)).toList();
    }

    private static List<Event> deedsWith(String thing, List<Event> story) {
        return story.stream().filter(event -> event.thing().equals(thing)).toList();
    }

    private static List<Event> moves(List<Event> events) {
        return events.stream().filter(event -> event.deed() == Deed.MOVE).toList();
    }

    private static <T> List<T> last(List<T> list) {
        return list.isEmpty() ? Collections.emptyList() : list.subList(list.size() - 1, list.size());
    }
}
