/**
 * Serves a base and its memories by HTTP: questions in the form of OpenAI's API, and the management of memories and jobs.
 */
@Export
@Version("0.2.0")
package org.perk4j.service;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
