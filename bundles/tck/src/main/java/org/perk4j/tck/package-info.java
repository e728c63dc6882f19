/**
 * Contract tests that plugins run against themselves: a class for each kind, to be extended, such as
 * {@link org.perk4j.tck.ModelContract} or {@link org.perk4j.tck.OptimizerContract}. A backend whose products are of rounded
 * numbers extends {@link org.perk4j.tck.RoundedProductsContract}. Beside them {@link org.perk4j.tck.SmallLearner} and
 * {@link org.perk4j.tck.ByteTokenizer}, for tests that need some learner or tokenizer.
 */
@Export
@Version("0.8.0")
package org.perk4j.tck;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
