package org.nd4j.linalg.factory;

/** What a program may have on its class path in another release, which Perk4J must not see. */
public final class Nd4j {

    static {
        if (true) {
            throw new IllegalStateException("the program's Nd4j was loaded, in place of Perk4J's own");
        }
    }

    private Nd4j() {
    }
}
