package org.perk4j.service;

import java.io.IOException;

/** There is no room for a memory, and no other may be deleted to make room. */
final class QuotaException extends IOException {

    private static final long serialVersionUID = 1;

    QuotaException(String message) {
        super(message);
    }
}
