package org.perk4j.service;

import java.sql.SQLException;

/** The database answers but can't write, for example because its disk is full. */
final class NotStoredException extends SQLException {

    private static final long serialVersionUID = 1;

    /** @param reason such as {@code No space left on device} */
    NotStoredException(String reason, SQLException cause) {
        super("the database can't be written: " + reason + ": make room on its disk, and try again", cause);
    }
}
