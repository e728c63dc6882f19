/**
 * The exact inner loop: gradient steps that write a context into an adapter, and the backward pass through them.
 * Objectives are built from it: see {@link org.perk4j.innerloop.InnerLoop}.
 */
@Export
@Version("0.4.0")
package org.perk4j.innerloop;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
