/**
 * Stores memories in files.
 */
package org.perk4j.memory.files;
