package org.perk4j.backend.nd4j;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/** A pointer as JavaCPP passes it on: made once, pointed anew for each call. */
final class Cursor extends FloatPointer {

    Cursor() {
        super((Pointer) null);
    }

    Cursor at(long address) {
        this.address = address;
        return this;
    }
}
