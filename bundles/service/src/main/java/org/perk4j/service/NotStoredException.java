package org.perk4j.service;

import java.sql.SQLException;

/** The database is there, and can't write: its disk is full, say. */
final class NotStoredException extends SQLException {

    private static final long serialVersionUID = 1;

    /** @param reason such as {@code No space left on device} */
    NotStoredException(String reason, SQLException cause) {
        super("the database can't be written: " + reason + "; make room on its disk, and try again", cause);
    }
}
