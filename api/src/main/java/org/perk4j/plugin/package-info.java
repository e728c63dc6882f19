/**
 * What every plugin has in common: a type name and typed options.
 */
@Export
@Version("0.2.0")
package org.perk4j.plugin;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
