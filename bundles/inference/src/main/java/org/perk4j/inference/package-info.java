/**
 * Inference with models: prompts, segmentation of texts, decoding, and memories on an open base model.
 */
@Export
@Version("0.13.0")
package org.perk4j.inference;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
