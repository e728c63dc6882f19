/**
 * What adapters share with those of Hugging Face PEFT: how their layers are chosen, and how their configuration is read and
 * written.
 */
@Export
@Version("0.3.0")
package org.perk4j.peft;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
