package org.perk4j.plugin;

import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * What a bundle finds out about the machine that it runs on: {@code perk doctor} shows it. A bundle publishes one as a
 * service if something outside of Perk4J decides whether, or how fast, its plugins run: native libraries, devices, modules
 * of the JVM.
 */
@ConsumerType
public interface Diagnosis {

    /** @return what this is about, in a word or two */
    String subject();

    /** @return what there is to say, found out anew by each call */
    List<Finding> findings();

    /** What a finding means to the user. */
    enum Level {
        /** As it should be. */
        OK,
        /** Something isn't there that nothing else needs: a device, say. */
        ABSENT,
        /** Something is there and doesn't work, or works slowly. */
        PROBLEM
    }

    /**
     * One thing that was found.
     *
     * @param remedy what to do about it; empty if nothing needs to be done
     */
    record Finding(Level level, String message, String remedy) {

        /** @return that something is as it should be */
        public static Finding ok(String message) {
            return new Finding(Level.OK, message, "");
        }
    }
}
