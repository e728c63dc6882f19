/**
 * What decoder-only transformers have in common, to make a family of models of: an {@link org.perk4j.decoder.Architecture}
 * of parts. A family says which parts its blocks have and where {@code config.json} says so ({@link
 * org.perk4j.decoder.DecoderType}); those that descend from Llama have most of that in common as well ({@link
 * org.perk4j.decoder.LlamaConfig}).
 */
@Export
@Version("0.2.0")
package org.perk4j.decoder;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
