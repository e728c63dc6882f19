package org.perk4j.backend.nd4j;

import java.util.List;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.perk4j.backend.Backend;
import org.perk4j.backend.Compute;
import org.perk4j.backend.portable.PortableCompute;
import org.perk4j.plugin.Diagnosis;
import org.perk4j.tensor.DType;

/**
 * The CPU: matrix products by oneDNN or ND4J's BLAS, everything else by kernels of our own. Those need the JDK's Vector API
 * ({@code --add-modules jdk.incubator.vector}); without it, and for double precision, plain Java computes.
 */
@Component(property = "type=nd4j")
public final class Nd4jBackend implements Backend, Diagnosis {

    private final boolean vectors = seesVectorApi();
    private final MatrixProduct product;
    private final Workers workers;
    private final Arena arena = new Arena();

    /** Loads the native libraries. */
    @Activate
    public Nd4jBackend() {
        Natives.load();
        product = OneDnn.mayRun() ? new OneDnn() : new OpenBlas();
        workers = new Workers(Runtime.getRuntime().availableProcessors());
    }

    /** The JVM must have been started with the module, and the framework must let this bundle see it. */
    private static boolean seesVectorApi() {
        try {
            Class.forName("jdk.incubator.vector.FloatVector", false, Nd4jBackend.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    @Override
    public String device() {
        int threads = workers.lanes();
        return "CPU, " + (threads == 1 ? "1 thread" : threads + " threads") + (vectors ? "" : ", no Vector API");
    }

    @Override
    public Compute open(DType dtype) {
        return dtype == DType.FLOAT32 && vectors ? new FloatCompute(workers, arena, product)
                : new PortableCompute(dtype, new BlasProducts());
    }

    @Override
    public String subject() {
        return "ND4J";
    }

    @Override
    public List<Finding> findings() {
        Finding products = product instanceof OneDnn ? Finding.ok("oneDNN and its BLAS are loaded")
                : new Finding(Level.PROBLEM, "products are computed by its BLAS, slower than by oneDNN",
                        "set " + OneDnn.ENVIRONMENT + " in the environment, as bin/perk does");
        Finding kernels = vectors ? Finding.ok(device())
                : new Finding(Level.PROBLEM, device() + ": kernels run in plain Java", "see what is said of Java");
        return List.of(products, kernels);
    }

    @Deactivate
    void close() {
        workers.close();
        arena.clear();
    }
}
