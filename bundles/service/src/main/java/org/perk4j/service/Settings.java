package org.perk4j.service;

/**
 * How a service runs.
 *
 * @param host     the address that it listens at
 * @param port     the port that it listens at; 0 for any that is free
 * @param key      the key that clients must send; empty for none
 * @param maxBody  the most bytes of a request's body
 * @param requests the most that are answered at a time; more are refused
 * @param loaded   the most memories that are kept ready to be asked
 * @param quota    the most bytes that memories take; to make room, those that were asked longest ago are deleted
 * @param imported the most bytes of a memory that is imported
 * @param seconds  the most seconds that a request takes
 * @param memory   the most bytes of keys and values of all answers that are being generated
 * @param requestMemory of these, the most for one request
 * @param database the URL of the database for memories and jobs; empty for one in the data's folder
 */
public record Settings(String host, int port, String key, long maxBody, int requests, int loaded, long quota,
                       long imported, int seconds, long memory, long requestMemory, String database) {

    /** @throws IllegalArgumentException naming the option that is out of range */
    public Settings {
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("--port must be between 0 and 65535");
        }
        if (maxBody < 1 || requests < 1 || loaded < 1 || quota < 1 || imported < 1) {
            throw new IllegalArgumentException(
                    "--max-body, --max-requests, --max-loaded, --max-import and --quota must be at least 1");
        }
        if (seconds < 1 || memory < 1 || requestMemory < 1) {
            throw new IllegalArgumentException("--max-seconds, --max-memory and --max-request-memory must be at least 1");
        }
    }
}
