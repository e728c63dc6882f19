/**
 * The contract of a compute backend: where tensors live and who evaluates {@link org.perk4j.tensor.Ops}.
 */
@Export
@Version("0.7.0")
package org.perk4j.backend;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
