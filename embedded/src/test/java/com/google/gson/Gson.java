package com.google.gson;

/** What a program may have on its class path in another release, which Perk4J must not see. */
public final class Gson {

    static {
        if (true) {
            throw new IllegalStateException("the program's Gson was loaded, in place of Perk4J's own");
        }
    }

    private Gson() {
    }
}
