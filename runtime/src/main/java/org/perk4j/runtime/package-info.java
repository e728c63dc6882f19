/**
 * Starts an installation of Perk4J: an OSGi framework with the shipped bundles and the plugins that were added.
 */
package org.perk4j.runtime;
