/**
 * The plugins that are installed: finds and leases them, and says of those that don't run why not.
 */
@Export
@Version("0.2.0")
package org.perk4j.registry;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
