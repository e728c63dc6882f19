package org.perk4j.chat;

/** What has a value. Immutable. */
@FunctionalInterface
interface Expression {

    Object of(Scope scope);
}
