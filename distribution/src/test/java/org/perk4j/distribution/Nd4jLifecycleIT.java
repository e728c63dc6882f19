package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.wiring.BundleWiring;
import org.perk4j.backend.Backend;
import org.perk4j.backend.Compute;
import org.perk4j.tensor.Activation;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/** ND4J's native libraries in a running framework: started, stopped, updated, and used again each time. */
class Nd4jLifecycleIT {

    /** Large values, which GELU leaves as they are. */
    private static final double[] PRODUCT = {19, 22, 43, 50};

    private static final String BACKEND = "org.perk4j.backend.nd4j";

    @TempDir
    private Path storage;

    @Test
    void computesAfterEachStopUpdateAndRestart() throws Exception {
        try (Container container = new Container(storage)) {
            Bundle backend = container.bundle(BACKEND);
            assertArrayEquals(PRODUCT, product(container));

            backend.stop();
            backend.start();
            assertArrayEquals(PRODUCT, product(container), "restarted");

            for (int update = 1; update <= 3; update++) {
                ClassLoader before = loader(backend);
                container.update(backend);
                assertTrue(before != loader(backend), "a new class loader");
                assertArrayEquals(PRODUCT, product(container), "update " + update);
            }
        }
    }

    @Test
    void leavesMemoryAfterAnUpdate() throws Exception {
        try (Container container = new Container(storage)) {
            Bundle backend = container.bundle(BACKEND);
            product(container);
            WeakReference<ClassLoader> before = new WeakReference<>(loader(backend));
            container.update(backend);
            product(container);
            for (int i = 0; i < 50 && before.get() != null; i++) {
                System.gc();
                Thread.sleep(100);
            }
            assertNull(before.get(), "something holds on to the old class loader");
        }
    }

    @Test
    void leavesNoCopiesOfLibrariesBehind() throws Exception {
        long once;
        try (Container container = new Container(storage)) {
            product(container);
            once = cached();
            for (int update = 0; update < 2; update++) {
                container.update(container.bundle(BACKEND));
                product(container);
            }
        }
        assertEquals(once, cached());
    }

    private static double[] product(Container container) throws Exception {
        return (double[]) container.inside(Product.class, Supplier.class).get();
    }

    private static long cached() throws Exception {
        Path cache = Path.of(System.getProperty("user.home"), ".cache/perk4j/natives");
        try (Stream<Path> files = Files.walk(cache)) {
            return files.count();
        }
    }

    private static ClassLoader loader(Bundle bundle) {
        return bundle.adapt(BundleWiring.class).getClassLoader();
    }

    /**
     * Runs inside, on the backend of type nd4j: one operation of BLAS, and one on the Vector API, which the bundle imports.
     */
    static final class Product implements Supplier<Object> {

        @Override
        public Object get() {
            BundleContext context = FrameworkUtil.getBundle(Product.class).getBundleContext();
            try {
                ServiceReference<Backend> reference =
                        context.getServiceReferences(Backend.class, "(type=nd4j)").iterator().next();
                try (Compute compute = context.getService(reference).open(DType.FLOAT32)) {
                    Tensor a = compute.upload(new Shape(2, 2), FloatBuffer.wrap(new float[] {1, 2, 3, 4}));
                    Tensor b = compute.upload(new Shape(2, 2), FloatBuffer.wrap(new float[] {5, 6, 7, 8}));
                    return compute.download(compute.map(Activation.GELU_TANH, compute.matmul(a, b)));
                } finally {
                    context.ungetService(reference);
                }
            } catch (InvalidSyntaxException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
