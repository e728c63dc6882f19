package org.perk4j.backend.nd4j;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/** A reusable pointer for calls through JavaCPP, set to a new address for each call. */
final class Cursor extends FloatPointer {

    Cursor() {
        super((Pointer) null);
    }

    Cursor at(long address) {
        this.address = address;
        return this;
    }
}
