package org.perk4j.adapter.lora;

import java.lang.ref.WeakReference;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.SingularOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.QRDecomposition;
import org.ejml.interfaces.decomposition.SingularValueDecomposition_F64;
import org.perk4j.model.Initial;
import org.perk4j.model.Site;

/**
 * A {@code rank×inputs} and B {@code outputs×rank} computed from a layer's weight W, such that scale·B·A is a part of W. The
 * decomposition takes long, so its result is cached for consecutive calls about the same base. Thread-safe.
 */
final class WeightFactors {

    private final Site site;
    private final InitLoraWeights how;
    private final int rank;
    private final double scale;
    private WeakReference<Initial.Weights> base = new WeakReference<>(null);
    private Pair found;

    /** The factors, row by row. */
    private record Pair(double[] a, double[] b) {
    }

    /** @throws IllegalArgumentException naming the key, if the weight has no such rank */
    WeightFactors(Site site, InitLoraWeights how, int rank, double scale) {
        this.site = site;
        this.how = how;
        this.rank = rank;
        this.scale = scale;
        int most = Math.min(site.inputs(), site.outputs());
        if (rank > most) {
            throw new IllegalArgumentException("rank: " + site.name() + " has a weight of " + site.outputs() + "×"
                    + site.inputs() + ": with initLoraWeights " + how + " the rank can be " + most + " at most, not "
                    + rank);
        }
    }

    Initial a() {
        return new Initial.OfWeights(weights -> of(weights).a.clone());
    }

    Initial b() {
        return new Initial.OfWeights(weights -> of(weights).b.clone());
    }

    private synchronized Pair of(Initial.Weights weights) {
        if (base.get() != weights) {
            found = factors(weight(weights));
            base = new WeakReference<>(weights);
        }
        return found;
    }

    /** @return W, {@code outputs×inputs} */
    private DMatrixRMaj weight(Initial.Weights weights) {
        double[] elements = weights.of(site.name() + ".weight");
        DMatrixRMaj kept = site.inputsFirst() ? DMatrixRMaj.wrap(site.inputs(), site.outputs(), elements)
                : DMatrixRMaj.wrap(site.outputs(), site.inputs(), elements);
        return site.inputsFirst() ? CommonOps_DDRM.transpose(kept, null) : kept;
    }

    private Pair factors(DMatrixRMaj weight) {
        return how == InitLoraWeights.PISSA ? principal(weight) : orthonormal(weight);
    }

    /** @return {@code √(S/scale)·Vᵀ} and {@code U·√(S/scale)} of the largest singular values */
    private Pair principal(DMatrixRMaj weight) {
        SingularValueDecomposition_F64<DMatrixRMaj> svd =
                DecompositionFactory_DDRM.svd(weight.numRows, weight.numCols, true, true, true);
        require(svd.decompose(weight));
        DMatrixRMaj u = svd.getU(null, false);
        DMatrixRMaj v = svd.getV(null, false);
        DMatrixRMaj s = svd.getW(null);
        SingularOps_DDRM.descendingOrder(u, false, s, v, false);
        double[] a = new double[rank * site.inputs()];
        double[] b = new double[site.outputs() * rank];
        for (int k = 0; k < rank; k++) {
            double root = Math.sqrt(s.get(k, k) / scale);
            for (int i = 0; i < site.inputs(); i++) {
                a[k * site.inputs() + i] = root * v.get(i, k);
            }
            for (int i = 0; i < site.outputs(); i++) {
                b[i * rank + k] = root * u.get(i, k);
            }
        }
        return new Pair(a, b);
    }

    /** @return R's first rows and Q's first columns, unscaled as in PEFT, so that scale times their product is subtracted */
    private Pair orthonormal(DMatrixRMaj weight) {
        QRDecomposition<DMatrixRMaj> qr = DecompositionFactory_DDRM.qr(weight.numRows, weight.numCols);
        require(qr.decompose(weight.copy()));
        return new Pair(CommonOps_DDRM.extract(qr.getR(null, true), 0, rank, 0, site.inputs()).data,
                CommonOps_DDRM.extract(qr.getQ(null, true), 0, site.outputs(), 0, rank).data);
    }

    private void require(boolean decomposed) {
        if (!decomposed) {
            throw new IllegalArgumentException("initLoraWeights: the weight of " + site.name() + " has no such "
                    + "decomposition: does it contain values that are not finite?");
        }
    }
}
