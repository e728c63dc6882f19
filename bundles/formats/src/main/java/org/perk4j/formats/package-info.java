/**
 * Files: safetensors, JSON and job files, Hugging Face model folders, and atomic writing.
 */
@Export
@Version("0.7.0")
package org.perk4j.formats;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
