/**
 * Studies: grids of trainings and tests, computed cell by cell, and compared in one report.
 */
@Export
@Version("0.1.0")
package org.perk4j.studies;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
