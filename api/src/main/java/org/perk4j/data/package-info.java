/**
 * Tasks, episodes, questions and tokenizers.
 */
@Export
@Version("0.6.0")
package org.perk4j.data;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
