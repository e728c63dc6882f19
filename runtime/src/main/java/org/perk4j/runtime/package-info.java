/**
 * Starts an installation of Perk4J: an OSGi framework with the bundles that were shipped and the plugins that were added.
 */
package org.perk4j.runtime;
