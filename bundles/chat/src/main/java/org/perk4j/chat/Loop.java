package org.perk4j.chat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A loop.
 *
 * @param targets   the variables that each element is assigned to
 * @param condition selects elements; null for all
 * @param otherwise run if there are no such elements
 */
record Loop(int line, List<String> targets, Expression elements, Expression condition, Statement body,
            Statement otherwise) implements Statement {

    @Override
    public Flow run(Scope scope) {
        scope.at(line);
        List<Object> chosen = chosen(scope);
        for (int i = 0; i < chosen.size(); i++) {
            scope.at(line);
            Scope inner = scope.inner();
            Parser.assign(inner, targets, chosen.get(i));
            inner.set("loop", about(scope, chosen, i));
            if (body.run(inner) == Flow.BREAK) {
                break;
            }
        }
        return chosen.isEmpty() ? otherwise.run(scope) : Flow.NEXT;
    }

    private List<Object> chosen(Scope scope) {
        List<Object> chosen = new ArrayList<>();
        for (Object each : Value.elements(scope, elements.of(scope))) {
            scope.work(1);
            Scope inner = scope.inner();
            Parser.assign(inner, targets, each);
            if (condition == null || Value.isTrue(condition.of(inner))) {
                chosen.add(each);
            }
        }
        return chosen;
    }

    /** The variable {@code loop}. */
    private static Map<String, Object> about(Scope scope, List<Object> elements, int index) {
        int size = elements.size();
        Map<String, Object> loop = new HashMap<>();
        loop.put("index0", (long) index);
        loop.put("index", index + 1L);
        loop.put("revindex0", size - 1L - index);
        loop.put("revindex", (long) size - index);
        loop.put("length", (long) size);
        loop.put("first", index == 0);
        loop.put("last", index == size - 1);
        loop.put("previtem", index == 0 ? Value.UNDEFINED : elements.get(index - 1));
        loop.put("nextitem", index == size - 1 ? Value.UNDEFINED : elements.get(index + 1));
        loop.put("cycle", (Function) (arguments, named) -> {
            if (arguments.isEmpty()) {
                throw scope.failure("nothing to cycle through");
            }
            return arguments.get(index % arguments.size());
        });
        return loop;
    }
}
