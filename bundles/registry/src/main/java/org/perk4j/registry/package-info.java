/**
 * The installed plugins: finds and leases them, starts and stops them, and explains why one doesn't run.
 */
@Export
@Version("0.2.0")
package org.perk4j.registry;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
