package org.perk4j.task.babilong;

import java.util.List;
import java.util.SplittableRandom;
import org.perk4j.data.Draw;

/**
 * An action of a person.
 *
 * @param person the person
 * @param number the number of the event among this person's, from 0
 * @param deed   the kind of action
 * @param thing  the room for {@link Deed#MOVE}, otherwise the object
 * @param text   the fact as it is written in a context
 */
record Event(String person, int number, Deed deed, String thing, String text) {

    static Event of(String person, int number, Deed deed, String thing, SplittableRandom random) {
        String there = deed != Deed.MOVE && random.nextInt(4) == 0 ? " there" : "";
        String text = "%s Event %d: %s %s the %s%s.".formatted(person, number, person, Draw.from(deed.verbs, random),
                thing, there);
        return new Event(person, number, deed, thing, text);
    }

    /** The kinds of actions, with bAbI's words for them. */
    enum Deed {
        MOVE("went to", "went back to", "travelled to", "journeyed to", "moved to"),
        TAKE("picked up", "got", "grabbed", "took"),
        LEAVE("discarded", "dropped", "left", "put down");

        private final List<String> verbs;

        Deed(String... verbs) {
            this.verbs = List.of(verbs);
        }
    }
}
