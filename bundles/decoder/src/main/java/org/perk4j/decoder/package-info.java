/**
 * The building blocks of decoder-only transformers: a model family is an {@link org.perk4j.decoder.Architecture} of parts. A
 * {@link org.perk4j.decoder.DecoderType} says which parts the family's blocks have, and reads their sizes from
 * {@code config.json}; families that descend from Llama share most of that ({@link org.perk4j.decoder.LlamaConfig}).
 */
@Export
@Version("0.2.0")
package org.perk4j.decoder;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
