package org.perk4j.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.perk4j.backend.Backend;
import org.perk4j.backend.Compute;
import org.perk4j.tensor.DType;

/** In double precision tangents are derivatives, gradient operations their transposes, and second derivatives symmetric. */
abstract class DerivativeContract {

    private static final double STEP = 1e-3;
    /** The five-point rule's error is some STEP⁴/30 fifth derivatives (3e-14 of them), and 1e-16/STEP by rounding. */
    private static final double DIFFERENCE_TOLERANCE = 1e-9;
    /** Two sums of the same products, in different order. */
    private static final double SUM_TOLERANCE = 1e-13;

    private Compute compute;

    abstract Backend backend();

    @BeforeEach
    void open() {
        compute = backend().open(DType.FLOAT64);
    }

    @AfterEach
    void close() {
        compute.close();
    }

    @ParameterizedTest
    @MethodSource("org.perk4j.tck.OperationTable#ordinary")
    void tangentsAreDerivatives(Operation operation) {
        double[][] at = operation.point();
        for (double[][] direction : operation.directions()) {
            Outcome outcome = operation.evaluate(compute, at, direction);
            Outcome[] moved = new Outcome[5];
            for (int i = -2; i <= 2; i++) {
                moved[i + 2] = operation.evaluate(compute, moved(at, i * STEP, direction), new double[at.length][]);
            }
            for (int r = 0; r < outcome.results(); r++) {
                assertEquals(Operation.any(direction), outcome.tangents()[r] != null, "a result has a tangent");
                for (int i = 0; i < outcome.values()[r].length; i++) {
                    double difference = (8 * (moved[3].values()[r][i] - moved[1].values()[r][i])
                            - (moved[4].values()[r][i] - moved[0].values()[r][i])) / (12 * STEP);
                    assertEquals(difference, outcome.tangent(r)[i], DIFFERENCE_TOLERANCE * (1 + Math.abs(difference)),
                            "result " + r + ", element " + i);
                }
            }
        }
    }

    private static double[][] moved(double[][] at, double step, double[][] direction) {
        double[][] moved = new double[at.length][];
        for (int i = 0; i < at.length; i++) {
            moved[i] = at[i].clone();
            for (int j = 0; direction[i] != null && j < at[i].length; j++) {
                moved[i][j] += step * direction[i][j];
            }
        }
        return moved;
    }

    /** With J the Jacobian: ⟨g, J u⟩ = ⟨Jᵀg, u⟩. */
    @ParameterizedTest
    @MethodSource("org.perk4j.tck.OperationTable#transposed")
    void gradientOperationsAreTransposes(Operation operation) {
        double[][] at = operation.point();
        double[][] u = operation.direction(1);
        double[] along = operation.evaluate(compute, at, u).tangent(0);
        double[] g = Sample.ORDINARY.draw(new SplittableRandom(4), along.length);
        Sum forward = new Sum();
        forward.addInner(g, along);
        Outcome gradients = operation.evaluateTranspose(compute, at, new double[at.length][], g);
        Sum backward = new Sum();
        for (int i = 0; i < u.length; i++) {
            backward.addInner(gradients.values()[i], u[i]);
        }
        forward.assertEqualTo(backward);
    }

    /**
     * The gradient of x ↦ ⟨g, f(x)⟩ has a symmetric Jacobian H: ⟨w, H u⟩ = ⟨u, H w⟩. Reverse over reverse rests on it. Where
     * the gradient doesn't depend on x, as with attention to one key, H u is what rounding left of terms that cancel, and
     * these are of the gradient's size: see {@link PrecisionContract}.
     */
    @ParameterizedTest
    @MethodSource("org.perk4j.tck.OperationTable#transposed")
    void secondDerivativesAreSymmetric(Operation operation) {
        double[][] at = operation.point();
        double[][] u = operation.direction(1);
        double[][] w = operation.direction(2);
        int size = operation.evaluate(compute, at, new double[at.length][]).values()[0].length;
        double[] g = Sample.ORDINARY.draw(new SplittableRandom(4), size);
        Outcome alongU = operation.evaluateTranspose(compute, at, u, g);
        Outcome alongW = operation.evaluateTranspose(compute, at, w, g);
        Sum forward = new Sum();
        Sum backward = new Sum();
        for (int i = 0; i < u.length; i++) {
            forward.addInner(w[i], alongU.tangent(i));
            backward.addInner(u[i], alongW.tangent(i));
            forward.addCancelled(w[i], alongU.values()[i]);
            backward.addCancelled(u[i], alongW.values()[i]);
        }
        forward.assertEqualTo(backward);
    }

    /** A sum that knows how large it was before terms cancelled. */
    private static final class Sum {

        private double sum;
        private double magnitude;

        void addInner(double[] a, double[] b) {
            for (int i = 0; i < a.length; i++) {
                sum += a[i] * b[i];
                magnitude += Math.abs(a[i] * b[i]);
            }
        }

        /** For terms that are no longer to be seen in the sum. */
        void addCancelled(double[] a, double[] b) {
            for (int i = 0; i < a.length; i++) {
                magnitude += Math.abs(a[i] * b[i]);
            }
        }

        void assertEqualTo(Sum other) {
            assertEquals(sum, other.sum, SUM_TOLERANCE * (magnitude + other.magnitude));
        }
    }
}
