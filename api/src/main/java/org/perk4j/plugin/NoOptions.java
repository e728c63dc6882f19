package org.perk4j.plugin;

/** The options of a plugin that has none: every key beside its type is refused. */
public record NoOptions() {
}
