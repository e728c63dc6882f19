package org.perk4j.tck;

import org.perk4j.backend.Backend;
import org.perk4j.backend.portable.JavaBackend;

/** The reference keeps the contract that it is the reference of. Its values as such are tested where it lives. */
class JavaBackendTest extends BackendContract {

    @Override
    protected Backend backend() {
        return new JavaBackend();
    }
}
