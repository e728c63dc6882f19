/**
 * Files: safetensors, GGUF, JSON and job files, models in Hugging Face's layout, and atomic writing.
 */
@Export
@Version("0.8.0")
package org.perk4j.formats;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
