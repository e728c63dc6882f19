package org.perk4j.backend.nd4j;

import java.util.List;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.perk4j.backend.Backend;
import org.perk4j.backend.Compute;
import org.perk4j.compute.JavaCompute;
import org.perk4j.plugin.Diagnosis;
import org.perk4j.plugin.Provides;
import org.perk4j.tensor.DType;

/**
 * The CPU: matrix products by oneDNN or ND4J's BLAS, everything else by our own kernels, which need the JDK's Vector API
 * ({@code --add-modules jdk.incubator.vector}); without it, and for double precision, plain Java computes.
 */
@Component(service = {Backend.class, Diagnosis.class, Nd4jBackend.class})
@Provides(kind = "backend", type = "nd4j")
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
        return open(dtype, false);
    }

    /**
     * @param bfloat16 whether to round the factors of large products of floats to bfloat16; only if nothing is lacking for
     *                 it
     */
    Compute open(DType dtype, boolean bfloat16) {
        return dtype == DType.FLOAT32 && vectors ? new FloatCompute(workers, arena, product, bfloat16)
                : new JavaCompute(dtype, new BlasProducts());
    }

    /** @return why products of factors rounded to bfloat16 are not possible; null if they are */
    String lackingForBfloat16() {
        if (!vectors) {
            return "the Vector API is missing";
        } else if (!OneDnn.mayRun()) {
            return OneDnn.ENVIRONMENT + " isn't set in the environment";
        }
        return OneDnnBfloat16.mayRun() ? null : "the processor lacks the instructions AVX512_BF16";
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
                : new Finding(Level.PROBLEM, device() + ": kernels run in plain Java", "see the findings about Java");
        String lacking = lackingForBfloat16();
        Finding rounded = Finding.ok(lacking == null ? "products of bfloat16 are available: nd4j-bf16"
                : "no products of bfloat16 (nd4j-bf16): " + lacking);
        return List.of(products, kernels, rounded);
    }

    @Deactivate
    void close() {
        workers.close();
        arena.clear();
    }
}
