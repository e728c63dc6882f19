/**
 * Meta-training and pretraining: what the commands do, without the command line.
 */
@Export
@Version("0.3.0")
package org.perk4j.training;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
