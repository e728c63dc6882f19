/**
 * Reverse-mode differentiation of functions written in {@link org.perk4j.tensor.Ops}; forward mode is the backend's.
 */
@Export
@Version("0.3.0")
package org.perk4j.autodiff;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
