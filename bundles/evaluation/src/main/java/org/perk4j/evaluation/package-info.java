/**
 * Evaluation: metrics with confidence intervals, results, and reports.
 */
@Export
@Version("0.7.0")
package org.perk4j.evaluation;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
