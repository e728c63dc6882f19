/**
 * Models at work: what texts they are shown, how long texts are cut, and decoding.
 */
@Export
@Version("0.10.0")
package org.perk4j.inference;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
