package org.perk4j.benchmarks;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.perk4j.backend.Compute;
import org.perk4j.tensor.Heads;
import org.perk4j.tensor.Segments;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/** Time and arithmetic by operation of a computation; operations on tangents count apart. */
final class Profile {

    /** Not operations: they would count what is done within them, or nothing. */
    private static final Set<String> PASSED_ON =
            Set.of("scoped", "scope", "owner", "memory", "dtype", "close", "free", "submit", "spareBytes",
                    "paddedRows", "beside", "borrow", "hashCode", "equals", "toString");

    /**
     * The calls of one operation.
     *
     * @param gigaflops the arithmetic that it needs, in 10⁹ multiplications and additions; only products are counted
     */
    record Row(String operation, long calls, double seconds, double gigaflops) {

        private Row plus(long nanoseconds, double flops) {
            return new Row(operation, calls + 1, seconds + nanoseconds / 1e9, gigaflops + flops / 1e9);
        }
    }

    private final Map<String, Row> rows = new HashMap<>();

    /** @return the same computation, observed */
    Compute of(Compute compute) {
        return (Compute) Proxy.newProxyInstance(Compute.class.getClassLoader(), new Class<?>[] {Compute.class},
                (proxy, method, arguments) -> {
                    if (PASSED_ON.contains(method.getName())) {
                        return invoke(compute, method, arguments);
                    }
                    long start = System.nanoTime();
                    Object result = invoke(compute, method, arguments);
                    Benchmark.await(compute);
                    add(method.getName(), arguments, System.nanoTime() - start);
                    return result;
                });
    }

    private static Object invoke(Compute compute, Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(compute, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    /** Forgets what was seen so far, such as the first round, in which the JVM compiles. */
    void clear() {
        rows.clear();
    }

    /** @return the operations, longest first */
    List<Row> rows() {
        return rows.values().stream().sorted(Comparator.comparingDouble(Row::seconds).reversed()).toList();
    }

    private void add(String operation, Object[] arguments, long nanoseconds) {
        boolean tangents = false;
        for (Object argument : arguments) {
            tangents |= argument instanceof Tensor tensor && tensor.hasTangent();
        }
        String name = tangents ? operation + " + tangent" : operation;
        rows.put(name, rows.getOrDefault(name, new Row(name, 0, 0, 0)).plus(nanoseconds, flops(operation, arguments)));
    }

    private static double flops(String operation, Object[] of) {
        return switch (operation) {
            case "linear" -> product((Tensor) of[0], (Tensor) of[1], ((Tensor) of[1]).columns());
            case "addProduct", "addProductTo" -> product((Tensor) of[2], (Tensor) of[3], ((Tensor) of[3]).rows());
            case "matmul" -> {
                Tensor b = (Tensor) of[of.length == 2 ? 1 : 2];
                boolean transposed = of.length > 2 && (boolean) of[3];
                yield product((Tensor) of[0], b, transposed ? b.rows() : b.columns());
            }
            case "scaledMatmul" -> {
                Tensor b = (Tensor) of[3];
                yield product((Tensor) of[1], b, (boolean) of[4] ? b.rows() : b.columns());
            }
            case "accumulateProduct" -> {
                Tensor b = (Tensor) of[4];
                yield product((Tensor) of[2], b, (boolean) of[5] ? b.rows() : b.columns());
            }
            // scores and mixed values; of the gradient: scores again, and one product each for them, probabilities, q, k, v
            case "attention" -> 2 * scores((Tensor) of[0], (Heads) of[1], (Segments) of[2]);
            case "attentionGradient" -> 5 * scores((Tensor) of[0], (Heads) of[2], (Segments) of[3]);
            case "knownProduct" ->
                    tangents((Tensor) of[1]) * 2.0 * ((Tensor) of[0]).shape().size() * ((Tensor) of[1]).columns();
            // logits with tangents, and the gradient's tangent
            case "knownTokenLoss" -> logits((Tensor) of[0], (Tensor) of[1], (int[]) of[2]) * 1.5;
            case "tokenLoss" -> logits((Tensor) of[0], (Tensor) of[1], (int[]) of[2]) * ((boolean) of[3] ? 2 : 1);
            case "headGradient" -> 2 * logits((Tensor) of[0], (Tensor) of[1], (int[]) of[2]);
            default -> 0;
        };
    }

    /** A product of the values, and for each factor with a tangent another one. */
    private static double product(Tensor a, Tensor b, int columns) {
        return 2.0 * a.shape().size() * columns * (1 + tangents(a) + tangents(b));
    }

    private static double scores(Tensor packed, Heads heads, Segments segments) {
        double pairs = 0;
        for (int length : segments.lengths()) {
            pairs += (double) length * (length + 1) / 2;
        }
        // both factors of each product have tangents if any has
        return 2 * pairs * heads.queryColumns() * (1 + 2 * tangents(packed));
    }

    private static double logits(Tensor hidden, Tensor head, int[] targets) {
        double rows = 0;
        for (int target : targets) {
            rows += target < 0 ? 0 : 1;
        }
        Shape table = head.shape();
        return 2 * rows * table.size() * (1 + tangents(hidden) + tangents(head));
    }

    private static int tangents(Tensor tensor) {
        return tensor.hasTangent() ? 1 : 0;
    }
}
