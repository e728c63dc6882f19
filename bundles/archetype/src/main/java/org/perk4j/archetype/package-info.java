/**
 * Makes projects for plugins.
 */
@Export
@Version("0.1.0")
package org.perk4j.archetype;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
