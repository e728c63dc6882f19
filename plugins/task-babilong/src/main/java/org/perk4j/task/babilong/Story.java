package org.perk4j.task.babilong;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.perk4j.data.Draw;
import org.perk4j.task.babilong.Event.Deed;

/**
 * A simulated world and the events in it. Each person first goes somewhere, then goes elsewhere, takes or leaves things.
 *
 * <p>Facts are given in random order and numbered per person, so the order of two people's events is unknown. Therefore only
 * one person in a story touches a given thing, and every question has one answer.
 */
final class Story {

    static final List<String> PEOPLE = List.of("Daniel", "John", "Mary", "Sandra");
    static final List<String> ROOMS = List.of("bathroom", "bedroom", "garden", "hallway", "kitchen", "office");
    static final List<String> THINGS = List.of("apple", "football", "milk");

    private final SplittableRandom random;
    private final List<Event> events = new ArrayList<>();
    private final Map<String, Integer> eventsOf = new HashMap<>();
    private final Map<String, String> roomOf = new HashMap<>();
    private final Map<String, String> ownerOf = new HashMap<>();
    private final Set<String> held = new HashSet<>();
    private final Map<String, String> leftIn = new HashMap<>();

    private Story(SplittableRandom random) {
        this.random = random;
        THINGS.forEach(thing -> ownerOf.put(thing, Draw.from(PEOPLE, random)));
    }

    /** @return the events, in chronological order */
    static List<Event> tell(int length, boolean withThings, SplittableRandom random) {
        Story story = new Story(random);
        while (story.events.size() < length) {
            story.goOn(Draw.from(PEOPLE, random), withThings);
        }
        return List.copyOf(story.events);
    }

    private void goOn(String person, boolean withThings) {
        List<String> inReach = withThings && roomOf.containsKey(person)
                ? THINGS.stream().filter(thing -> isInReach(thing, person)).toList() : List.of();
        if (inReach.isEmpty() || random.nextBoolean()) {
            go(person);
        } else {
            handle(person, Draw.from(inReach, random));
        }
    }

    /** Whether the person has the thing, or could take it: it is where it was left, or was never taken before. */
    private boolean isInReach(String thing, String person) {
        String room = roomOf.get(person);
        return person.equals(ownerOf.get(thing)) && (held.contains(thing) || room.equals(leftIn.getOrDefault(thing, room)));
    }

    private void go(String person) {
        List<String> elsewhere = ROOMS.stream().filter(room -> !room.equals(roomOf.get(person))).toList();
        String room = Draw.from(elsewhere, random);
        roomOf.put(person, room);
        happens(person, Deed.MOVE, room);
    }

    private void handle(String person, String thing) {
        if (held.remove(thing)) {
            leftIn.put(thing, roomOf.get(person));
            happens(person, Deed.LEAVE, thing);
        } else {
            held.add(thing);
            happens(person, Deed.TAKE, thing);
        }
    }

    private void happens(String person, Deed deed, String thing) {
        int number = eventsOf.merge(person, 1, Integer::sum) - 1;
        events.add(Event.of(person, number, deed, thing, random));
    }
}
