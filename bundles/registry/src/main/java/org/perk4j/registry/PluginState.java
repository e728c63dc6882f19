package org.perk4j.registry;

import java.util.List;
import java.util.Locale;

/**
 * A plugin that is installed, and whether it can be used; or a file that should have been one.
 *
 * @param kind    such as {@code adapter}; null if nothing is known but its bundle or file
 * @param type    what jobs pick it by; null likewise
 * @param version that of its bundle; null if there is none
 * @param bundle  the bundle's name, or the file's if that gave no bundle
 * @param reasons why it can't be used, in a sentence each; none if it can
 */
public record PluginState(String kind, String type, String version, String bundle, State state, List<String> reasons) {

    /** Whether a plugin can be used. */
    public enum State {
        /** Jobs can pick it. */
        READY,
        /** It can be used, but another bundle's of the same kind and type has a higher version and is picked. */
        SHADOWED,
        /** Something that its bundle requires is missing. */
        UNRESOLVED,
        /** Its bundle was not started, or its start failed. */
        STOPPED,
        /** Its bundle runs, but publishes no such plugin. */
        UNSATISFIED,
        /** Its class can't be loaded or instantiated. */
        FAILED,
        /** Its file is not a bundle, or a bundle that would replace a shipped one. */
        REFUSED
    }

    /** @return all reasons in one line; null if there is none */
    public String reason() {
        return reasons.isEmpty() ? null : String.join("; ", reasons);
    }

    /** @return its state as users see it */
    public String stateName() {
        return state.toString().toLowerCase(Locale.ROOT);
    }

    /** @return whether a user's name for a plugin, its type, bundle or file, fits this one */
    public boolean isNamed(String name) {
        return name.equals(type) || name.equals(bundle) || bundle.endsWith("/" + name);
    }

    /** @return whether the user should act on it */
    public boolean isBroken() {
        return state != State.READY && state != State.SHADOWED;
    }

    /** @return the plugin, its bundle and its state, in a few words */
    @Override
    public String toString() {
        return (kind == null ? "" : kind + " " + type + " of ") + bundle + (version == null ? "" : " " + version)
                + " is " + stateName();
    }
}
