/**
 * Every operation in plain Java: the reference for all backends, which may also use it for part of their work; and what
 * backends share: the lifetimes of tensors, and blocks of memory for reuse.
 */
@Export
@Version("0.3.0")
package org.perk4j.compute;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
