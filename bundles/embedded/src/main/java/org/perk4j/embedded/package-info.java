/**
 * Perk4J in a Java program: {@link org.perk4j.embedded.Perk#start} on a plain class path, or the service
 * {@link org.perk4j.embedded.Bases} in an OSGi framework.
 */
@Export
@Version("0.1.0")
package org.perk4j.embedded;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
