package org.perk4j.backend.nd4j;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.perk4j.backend.Backend;
import org.perk4j.tck.BackendContract;

/** ND4J's backend keeps the contract of all backends. */
class Nd4jBackendContractTest extends BackendContract {

    private static Nd4jBackend backend;

    @BeforeAll
    static void start() {
        backend = new Nd4jBackend();
    }

    @AfterAll
    static void stop() {
        backend.close();
    }

    @Override
    protected Backend backend() {
        return backend;
    }
}
