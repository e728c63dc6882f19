/** Chat templates: what Hugging Face's models say about how a conversation is written for them, in Jinja. */
@Export
@Version("0.1.0")
package org.perk4j.chat;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
