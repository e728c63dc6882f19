package org.perk4j.inference;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A bundle and its version, as in the files that it wrote.
 *
 * @param name    such as {@code org.perk4j.adapter.lora}
 * @param release the first two numbers of the version; another release may compute differently
 */
record PluginVersion(String name, String release) {

    private static final Logger LOG = LoggerFactory.getLogger(PluginVersion.class);

    private static final Pattern WRITTEN = Pattern.compile("(\\S+) (\\d+\\.\\d+)\\b.*");

    private static PluginVersion of(String written) {
        Matcher parts = WRITTEN.matcher(written);
        return parts.matches() ? new PluginVersion(parts.group(1), parts.group(2)) : new PluginVersion(written, "");
    }

    /** @return whether the writer is unknown, or of the same release as the reader */
    static boolean isSame(String wrote, String reads) {
        return wrote.isEmpty() || of(wrote).equals(of(reads));
    }

    /**
     * Logs a warning if another plugin, or another release of it, reads what one wrote. An incompatible one fails elsewhere;
     * a compatible one may compute differently.
     *
     * @param file   the file that is read
     * @param remedy what to do if the results are worse than before
     */
    static void compare(String file, String wrote, String reads, String remedy) {
        if (!isSame(wrote, reads)) {
            LOG.warn("{} was written by the plugin {} and is read by {}: if results are worse than before, {}", file, wrote,
                    reads, remedy);
        }
    }
}
