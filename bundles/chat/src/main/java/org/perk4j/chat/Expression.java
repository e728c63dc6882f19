package org.perk4j.chat;

/** An expression of a template. Immutable. */
@FunctionalInterface
interface Expression {

    Object of(Scope scope);
}
