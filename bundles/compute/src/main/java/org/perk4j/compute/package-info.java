/**
 * Every operation in plain Java: the reference for all backends, which may also let it do part of their work. And what
 * backends share: the lifetimes of tensors, and blocks of memory that are used again.
 */
@Export
@Version("0.2.0")
package org.perk4j.compute;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
