/**
 * Inner optimizers: pure update rules, differentiable because they are written in {@link org.perk4j.tensor.Ops}.
 */
@Export
@Version("0.2.0")
package org.perk4j.optimizer;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
