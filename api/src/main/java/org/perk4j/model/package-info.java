/**
 * Base models: pure functions of tokens, weights and an adaptation.
 */
@Export
@Version("0.6.0")
package org.perk4j.model;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
