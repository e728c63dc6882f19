package org.perk4j.benchmarks;

import org.perk4j.model.Parameters;

/** A workload with everything it works on, ready to be run any number of times. */
interface Subject {

    /** @return what the workload asks for, owned by the innermost open scope */
    Parameters run();
}
