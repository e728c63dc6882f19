/**
 * Matrices and the closed set of operations on them, in which every model, adapter and optimizer is written.
 */
@Export
@Version("0.6.0")
package org.perk4j.tensor;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
