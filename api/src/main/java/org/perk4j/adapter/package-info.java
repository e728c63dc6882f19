/**
 * Adapters: small sets of parameters that change what a frozen base model computes.
 */
@Export
@Version("0.2.0")
package org.perk4j.adapter;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
