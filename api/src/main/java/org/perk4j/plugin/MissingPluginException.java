package org.perk4j.plugin;

/** That a plugin is needed which can't be used: it isn't installed, was stopped, or lacks something itself. */
public final class MissingPluginException extends IllegalArgumentException {

    private static final long serialVersionUID = 1;

    private final String kind;
    private final String type;

    /**
     * @param kind    such as {@code adapter}
     * @param type    by which it was to be picked
     * @param message names both, and why it can't be used or what there is instead
     */
    public MissingPluginException(String kind, String type, String message) {
        super(message);
        this.kind = kind;
        this.type = type;
    }

    /** @return the kind of the plugin, such as {@code adapter} */
    public String kind() {
        return kind;
    }

    /** @return the type by which it was to be picked */
    public String type() {
        return type;
    }

    /** @return the same, of a place that the message begins with */
    public MissingPluginException at(String place) {
        MissingPluginException located = new MissingPluginException(kind, type, place + ": " + getMessage());
        located.initCause(this);
        return located;
    }
}
