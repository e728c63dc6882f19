package org.perk4j.runtime;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.osgi.framework.BundleException;

/** What the framework says about a bundle that it can't use, in one line. */
final class BundleFailure {

    /** What the framework says is missing; nested, the innermost last. */
    private static final Pattern MISSING = Pattern.compile(
            "missing requirement \\[\\S+ \\[\\d+]\\(R [\\d.]+\\)] (.*?)(?= Unresolved requirements:| \\[caused by:|]|$)");

    private BundleFailure() {
    }

    /** @return what is missing if something is, else what went wrong */
    static String reason(BundleException failure) {
        String missing = null;
        for (Matcher matcher = MISSING.matcher(String.valueOf(failure.getMessage())); matcher.find();) {
            missing = matcher.group(1);
        }
        if (missing != null) {
            return "nothing here provides " + missing;
        }
        Throwable root = failure;
        while (root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
        }
        String message = root == failure ? failure.getMessage() : failure.getMessage() + ": " + root;
        return String.valueOf(message).lines().findFirst().orElse("");
    }
}
