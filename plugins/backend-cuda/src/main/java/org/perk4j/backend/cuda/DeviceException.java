package org.perk4j.backend.cuda;

/** A call to a device failed. */
final class DeviceException extends RuntimeException {

    private static final long serialVersionUID = 1;

    /** What a failure means for later calls. */
    enum Kind {
        /** There is no memory left. When some is freed, the same call may succeed. */
        OUT_OF_MEMORY,
        /** The device and the content of its memory can no longer be used. */
        LOST,
        /** Only this call failed; others can succeed. */
        REFUSED
    }

    private final Kind kind;

    DeviceException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    Kind kind() {
        return kind;
    }
}
