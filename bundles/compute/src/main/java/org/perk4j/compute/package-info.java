/** Every operation in plain Java: the reference for all backends, which may also let it do part of their work. */
@Export
@Version("0.1.0")
package org.perk4j.compute;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
