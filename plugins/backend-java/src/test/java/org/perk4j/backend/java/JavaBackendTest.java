package org.perk4j.backend.java;

import org.perk4j.backend.Backend;
import org.perk4j.tck.BackendContract;

/** The backend for checks keeps the contract of all backends. Values as such are tested where they are computed. */
class JavaBackendTest extends BackendContract {

    @Override
    protected Backend backend() {
        return new JavaBackend();
    }
}
