/**
 * What adapters have in common with those of Hugging Face PEFT: which layers they act at, and how their configuration is
 * read.
 */
@Export
@Version("0.2.0")
package org.perk4j.peft;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
