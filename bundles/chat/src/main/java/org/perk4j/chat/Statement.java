package org.perk4j.chat;

import java.util.List;

/** What writes something, or sets a variable. Immutable. */
@FunctionalInterface
interface Statement {

    /** How a template goes on behind a statement. */
    enum Flow {
        NEXT, BREAK, CONTINUE
    }

    Flow run(Scope scope);

    /** @return all of them, one after another */
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
