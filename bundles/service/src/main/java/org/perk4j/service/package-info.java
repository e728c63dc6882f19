/**
 * A base and its memories, served by HTTP: to be asked as OpenAI's API is asked, and to be written.
 */
@Export
@Version("0.2.0")
package org.perk4j.service;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
