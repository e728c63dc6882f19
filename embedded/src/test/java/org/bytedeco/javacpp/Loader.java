package org.bytedeco.javacpp;

/** What a program may have on its class path in another release, which Perk4J must not see. */
public final class Loader {

    static {
        if (true) {
            throw new IllegalStateException("the program's Loader was loaded, in place of Perk4J's own");
        }
    }

    private Loader() {
    }
}
