package org.perk4j.data;

/** The part of a context's other sentences among which a task puts its facts. */
public enum Position {
    /** All of them. */
    ANYWHERE,
    /** The first third. */
    BEGINNING,
    /** The second third. */
    MIDDLE,
    /** The last third. */
    END;

    /** @return the index of the first one of this part, of {@code count} sentences */
    public int first(int count) {
        return switch (this) {
            case ANYWHERE, BEGINNING -> 0;
            case MIDDLE -> count / 3;
            case END -> count - count / 3;
        };
    }

    /** @return the index behind the last one of this part */
    public int end(int count) {
        return switch (this) {
            case ANYWHERE, END -> count;
            case BEGINNING -> count / 3;
            case MIDDLE -> count - count / 3;
        };
    }
}
