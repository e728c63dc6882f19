/**
 * The command line. A command is a component of this or of any other bundle: see {@link org.perk4j.commands.Command}.
 */
@Export
@Version("0.3.0")
package org.perk4j.commands;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
