package org.perk4j.inference;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A bundle and its version, as files name what wrote them.
 *
 * @param name    such as {@code org.perk4j.adapter.lora}
 * @param release its first two numbers: others may compute otherwise
 */
record PluginVersion(String name, String release) {

    private static final Logger LOG = LoggerFactory.getLogger(PluginVersion.class);

    private static final Pattern WRITTEN = Pattern.compile("(\\S+) (\\d+\\.\\d+)\\b.*");

    private static PluginVersion of(String written) {
        Matcher parts = WRITTEN.matcher(written);
        return parts.matches() ? new PluginVersion(parts.group(1), parts.group(2)) : new PluginVersion(written, "");
    }

    /** @return whether one that isn't known, or is of the same release, wrote what is read now */
    static boolean isSame(String wrote, String reads) {
        return wrote.isEmpty() || of(wrote).equals(of(reads));
    }

    /**
     * Says so if another plugin, or another release of it, reads what one wrote. It can, or this fails elsewhere; but what
     * it makes of it may differ.
     *
     * @param file   what is read
     * @param remedy what to do if it is not as it was
     */
    static void compare(String file, String wrote, String reads, String remedy) {
        if (!isSame(wrote, reads)) {
            LOG.warn("{} was written by the plugin {} and is read by {}: if it does worse than it did, {}", file, wrote,
                    reads, remedy);
        }
    }
}
