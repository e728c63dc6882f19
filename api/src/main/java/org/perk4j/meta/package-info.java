/**
 * Meta-objectives: what meta-training learns, and the gradient it learns by.
 */
@Export
@Version("0.5.0")
package org.perk4j.meta;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
