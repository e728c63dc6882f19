/**
 * Contract tests that plugins run against themselves. A backend's test extends {@link org.perk4j.tck.BackendContract}, or if its
 * products are of rounded numbers, {@link org.perk4j.tck.RoundedProductsContract}; that of models {@link org.perk4j.tck.ModelContract}. Beside them {@link org.perk4j.tck.ByteTokenizer}, for tests that need some
 * tokenizer.
 */
@Export
@Version("0.4.0")
package org.perk4j.tck;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
