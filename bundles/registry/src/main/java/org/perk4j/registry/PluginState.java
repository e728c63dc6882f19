package org.perk4j.registry;

import java.util.List;
import java.util.Locale;

/**
 * An installed plugin and whether it can be used; or a file in the plugin folder that isn't one.
 *
 * @param kind    such as {@code adapter}; null if only the bundle or file is known
 * @param type    the name by which jobs pick it; null likewise
 * @param version the bundle's version; null if there is no bundle
 * @param bundle  the bundle's name, or the file's if it is not a bundle
 * @param reasons why it can't be used, in a sentence each; empty if it can
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

    /** @return its state's name for users */
    public String stateName() {
        return state.toString().toLowerCase(Locale.ROOT);
    }

    /** @return whether the user's name for a plugin (its type, bundle or file) means this one */
    public boolean isNamed(String name) {
        return name.equals(type) || name.equals(bundle) || bundle.endsWith("/" + name);
    }

    /** @return whether the user has to do something about it */

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
