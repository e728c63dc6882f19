/**
 * The backend that needs nothing but Java: the reference for all others, which may also let it do part of their work.
 */
@Export
@Version("0.1.0")
package org.perk4j.backend.portable;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
