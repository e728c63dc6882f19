package org.perk4j.compute;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.perk4j.tensor.Activation;

/** Against 40 digits of mpmath, tails included. */
class FunctionsTest {

    @ParameterizedTest
    @CsvSource({
        "GELU, -30, -1.472014178144456e-196, -4.416031690708495e-195, -1.3233342291209357e-193",
        "GELU, -5, -1.4332578593959695e-06, -7.146946001792295e-06, -3.4194548838888845e-05",
        "GELU, -0.5, -0.15426876936299344, 0.13250487534383715, 0.6161143218375241",
        "GELU, 0.5, 0.34573123063700656, 0.8674951246561629, 0.6161143218375241",
        "GELU, 5, 4.999998566742141, 1.000007146946002, -3.4194548838888845e-05",
        "GELU, 30, 30.0, 1.0, -1.3233342291209357e-193",
        "GELU_TANH, -30, 0.0, 0.0, 0.0",
        "GELU_TANH, -5, -2.291796196629506e-07, -1.5463619875325946e-06, -9.934132224996203e-06",
        "GELU_TANH, -0.5, -0.15428599017485609, 0.1326300964653577, 0.6155068951159849",
        "GELU_TANH, 0.5, 0.34571400982514394, 0.8673699035346423, 0.6155068951159849",
        "GELU_TANH, 5, 4.999999770820381, 1.0000015463619876, -9.934132224996203e-06",
        "GELU_TANH, 30, 30.0, 1.0, 0.0",
        "SILU, -30, -2.8072868906517896e-12, -2.713710660963134e-12, -2.620134431274233e-12",
        "SILU, -5, -0.03346425462142428, -0.02654743242966592, -0.019499225490032506",
        "SILU, -0.5, -0.18877033439907273, 0.2600388126973482, 0.4412290269770286",
        "SILU, 0.5, 0.3112296656009273, 0.7399611873026518, 0.4412290269770286",
        "SILU, 5, 4.966535745378576, 1.026547432429666, -0.019499225490032506",
        "SILU, 30, 29.999999999997193, 1.0000000000027136, -2.620134431274233e-12",
        "SOFTPLUS, -30, 9.357622968839737e-14, 9.357622968839299e-14, 9.357622968838423e-14",
        "SOFTPLUS, -5, 0.006715348489118068, 0.0066928509242848554, 0.006648056670790155",
        "SOFTPLUS, -0.5, 0.4740769841801067, 0.37754066879814546, 0.2350037122015945",
        "SOFTPLUS, 0.5, 0.9740769841801067, 0.6224593312018546, 0.2350037122015945",
        "SOFTPLUS, 5, 5.006715348489118, 0.9933071490757152, 0.006648056670790155",
        "SOFTPLUS, 30, 30.000000000000092, 0.9999999999999064, 9.357622968838423e-14"
    })
    void valueAndDerivatives(Activation f, double x, double value, double first, double second) {
        double[] expected = {value, first, second};
        for (int order = 0; order < 3; order++) {
            // exp(-x²/2) multiplies the rounding of x by x².
            assertEquals(expected[order], Functions.derivative(f, order, x), 1e-12 * Math.abs(expected[order]),
                    "derivative of order " + order);
        }
    }

    @ParameterizedTest
    @EnumSource(value = Activation.class, names = {"GELU", "GELU_TANH", "SILU", "SOFTPLUS"})
    void nothingOverflows(Activation f) {
        for (double x : new double[] {1e4, 1e30, 1e200}) {
            assertEquals(x, Functions.derivative(f, 0, x));
            assertEquals(0, Functions.derivative(f, 0, -x), Double.MIN_NORMAL);
            assertEquals(1, Functions.derivative(f, 1, x));
            assertEquals(0, Functions.derivative(f, 1, -x), Double.MIN_NORMAL);
            assertEquals(0, Functions.derivative(f, 2, x), Double.MIN_NORMAL);
            assertEquals(0, Functions.derivative(f, 2, -x), Double.MIN_NORMAL);
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -0.0})
    void theRootsDerivativesAtZeroAreTakenAsZero(double zero) {
        assertEquals(0, Functions.derivative(Activation.SQRT, 1, zero));
        assertEquals(0, Functions.derivative(Activation.SQRT, 2, zero));
    }
}
