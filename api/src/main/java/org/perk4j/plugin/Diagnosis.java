package org.perk4j.plugin;

import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * What a bundle finds out about the machine that it runs on, shown by {@code perk doctor}. A bundle publishes one as a
 * service if its plugins depend on something outside of Perk4J: native libraries, devices, or modules of the JVM.
 */
@ConsumerType
public interface Diagnosis {

    /** @return the subject, in a word or two */
    String subject();

    /** @return the findings, determined anew by each call */
    List<Finding> findings();

    /** What a finding means to the user. */
    enum Level {
        /** As it should be. */
        OK,
        /** Something optional is missing, such as a device. */
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
