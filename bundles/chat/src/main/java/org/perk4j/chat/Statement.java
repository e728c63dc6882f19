package org.perk4j.chat;

import java.util.List;

/** A statement of a template: writes something, or sets a variable. Immutable. */
@FunctionalInterface
interface Statement {

    /** How a template continues after a statement. */
    enum Flow {
        NEXT, BREAK, CONTINUE
    }

    Flow run(Scope scope);

    /** @return a statement that runs these one after the other */
    static Statement all(List<Statement> statements) {
        List<Statement> copy = List.copyOf(statements);
        return scope -> {
            for (Statement statement : copy) {
                Flow flow = statement.run(scope);
                if (flow != Flow.NEXT) {
                    return flow;
                }
            }
            return Flow.NEXT;
        };
    }
}
