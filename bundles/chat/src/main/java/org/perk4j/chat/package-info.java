/** Chat templates in Jinja, by which Hugging Face's models define how a conversation is written for them. */
@Export
@Version("0.1.0")
package org.perk4j.chat;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
