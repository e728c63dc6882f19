package org.perk4j.task.facts;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.perk4j.task.facts.Kind.Thing;

/** The ways of writing the facts about a thing down. */
enum Form {
    /** {@code product: Amber, price: 12.95}. */
    LABELS {
        @Override
        List<String> write(Thing thing) {
            return List.of(thing.schema().label() + ": " + thing.name() + ", " + fields(thing, "%s: %s", ", "));
        }
    },
    /** {@code | Amber | price 12.95 |}, as in a table. */
    CELLS {
        @Override
        List<String> write(Thing thing) {
            return List.of("| " + thing.name() + " | " + fields(thing, "%s %s", " | ") + " |");
        }
    },
    /** <code>{"product": "Amber", "price": "12.95"}</code>. */
    JSON {
        @Override
        List<String> write(Thing thing) {
            return List.of("{\"" + thing.schema().label() + "\": \"" + thing.name() + "\", "
                    + fields(thing, "\"%s\": \"%s\"", ", ") + "}");
        }
    },
    /** {@code The price of Amber is 12.95.} */
    SENTENCES {
        @Override
        List<String> write(Thing thing) {
            return IntStream.range(0, thing.values().size()).mapToObj(i -> {
                String field = thing.schema().inWords(i, thing.name());
                return "T" + field.substring(1) + " is " + thing.values().get(i) + ".";
            }).toList();
        }
    };

    /** @return one statement with all fields, or one for each */
    abstract List<String> write(Thing thing);

    private static String fields(Thing thing, String pattern, String between) {
        return IntStream.range(0, thing.values().size())
                .mapToObj(i -> pattern.formatted(thing.schema().fields().get(i).label(), thing.values().get(i)))
                .collect(Collectors.joining(between));
    }
}
