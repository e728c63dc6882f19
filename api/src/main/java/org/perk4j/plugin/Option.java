package org.perk4j.plugin;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Describes one key of a record of options. A component without it is required and has no help. */
@Retention(RetentionPolicy.RUNTIME)
// On the accessor methods too, where bnd sees it: a bundle that doesn't import this package would silently lose it.
@Target({ElementType.RECORD_COMPONENT, ElementType.METHOD})
public @interface Option {

    /** @return the key's meaning and unit, in one line */
    String help();

    /** @return the default, as in JSON (but a string without quotes); {@value #REQUIRED} if there is none */
    String value() default REQUIRED;

    /** @return whether the text, or each text of a list, names a file or folder; empty texts name none */
    File file() default File.NONE;

    /** The {@link #value} of a key without default. */
    String REQUIRED = "<required>";

    /**
     * What a text says about files. A service lets a client name only those below its own folder, which it can tell by this
     * alone: a plugin that opens a file whose key lacks the mark lets whoever sends a job read any.
     */
    enum File {
        /** Nothing. */
        NONE,
        /** It names a file or folder that is read. */
        READ,
        /** It names a file or folder that is written. */
        WRITTEN
    }
}
