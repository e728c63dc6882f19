/**
 * Memories: contexts that were written into an adapter, and the store that keeps them.
 */
@Export
@Version("0.4.0")
package org.perk4j.memory;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
