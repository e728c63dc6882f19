package org.perk4j.task.facts;

import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.perk4j.data.Draw;

/** The kinds of things. */
enum Kind {
    PRODUCT(Value.NAME, new Field("price", Value.PRICE), new Field("color", Value.PHRASE), new Field("maker", Value.NAME),
            new Field("stock", Value.NUMBER), new Field("order code", Value.CODE), new Field("warehouse", Value.NAME)),
    BOOK(Value.NAME, new Field("author", Value.PERSON), new Field("year", Value.YEAR), new Field("publisher", Value.NAME),
            new Field("genre", Value.PHRASE), new Field("number of pages", Value.NUMBER), new Field("shelf", Value.CODE)),
    CITY(Value.NAME, new Field("mayor", Value.PERSON), new Field("population", Value.NUMBER), new Field("river", Value.NAME),
            new Field("founding year", Value.YEAR), new Field("specialty", Value.PHRASE), new Field("country", Value.NAME)),
    EMPLOYEE(Value.PERSON, new Field("department", Value.PHRASE), new Field("salary", Value.NUMBER),
            new Field("office", Value.CODE), new Field("manager", Value.PERSON), new Field("start date", Value.DATE),
            new Field("home town", Value.NAME)),
    NEEDLE(Value.PHRASE, new Field("special magic number", Value.NUMBER)) {
        @Override
        Schema draw(Words words, SplittableRandom random) {
            return new Schema(key(), key(), Value.PHRASE, "for", fields);
        }
    },
    ANY(Value.NAME) {
        @Override
        Schema draw(Words words, SplittableRandom random) {
            List<Field> made = Stream.generate(() -> words.phrase(2, random)).distinct().limit(MOST_FIELDS)
                    .map(label -> new Field(label, Draw.from(List.of(Value.values()), random))).toList();
            return new Schema(key(), words.word(random), Draw.from(List.of(Value.NAME, Value.CODE, Value.PHRASE), random),
                    "of", some(made, random));
        }
    };

    private static final int MOST_FIELDS = 5;

    final List<Field> fields;
    private final Value name;

    Kind(Value name, Field... fields) {
        this.name = name;
        this.fields = List.of(fields);
    }

    /** @return what the things of one context have in common */
    Schema draw(Words words, SplittableRandom random) {
        return new Schema(key(), key(), name, "of", some(fields, random));
    }

    /** @return the name of this kind in the options, and the kind of its questions */
    String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @return two to five of the fields, in any order */
    private static List<Field> some(List<Field> fields, SplittableRandom random) {
        return List.copyOf(Draw.shuffled(fields, random).subList(0, random.nextInt(2, MOST_FIELDS + 1)));
    }

    /** A field of a thing, such as its price, and what its values look like. */
    record Field(String label, Value value) {
    }

    /**
     * What the things of one context have in common.
     *
     * @param kind  of their questions
     * @param label what a thing is called in records
     * @param name  what the names of things look like
     * @param of    the word between a field and the name of the thing that it belongs to
     */
    record Schema(String kind, String label, Value name, String of, List<Field> fields) {

        Thing thing(String name, Words words, SplittableRandom random) {
            return new Thing(this, name, fields.stream().map(field -> field.value.draw(words, random)).toList());
        }

        String inWords(int field, String name) {
            return "the " + fields.get(field).label + " " + of + " " + name;
        }
    }

    /** @param values of the fields, in their order */
    record Thing(Schema schema, String name, List<String> values) {
    }
}
