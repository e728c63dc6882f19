package org.perk4j.runtime;

import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.osgi.framework.BundleException;

/** What the framework says about a bundle that it can't use, in one line. */
final class BundleFailure {

    /** What the framework says is missing; nested, the innermost last. */
    private static final Pattern MISSING = Pattern.compile(
            "missing requirement \\[(\\S+) \\[\\d+]\\(R [\\d.]+\\)] (.*?)(?= Unresolved requirements:| \\[caused by:|]|$)");

    private static final Pattern PACKAGE = Pattern.compile(
            "\\(osgi\\.wiring\\.package=([^)]+)\\)(?:\\(version>=([^)]+)\\)(?:\\(!\\(version>=([^)]+)\\)\\))?)?");

    private BundleFailure() {
    }

    /** @return what is missing if something is, else what went wrong */
    static String reason(BundleException failure) {
        List<MatchResult> missing = MISSING.matcher(String.valueOf(failure.getMessage())).results().toList();
        if (!missing.isEmpty()) {
            MatchResult innermost = missing.get(missing.size() - 1);
            return "nothing here provides " + inWords(innermost.group(2))
                    + (missing.size() == 1 ? "" : ", which " + innermost.group(1) + " needs");
        }
        Throwable root = failure;
        while (root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
        }
        String message = root == failure ? failure.getMessage() : failure.getMessage() + ": " + root;
        return String.valueOf(message).lines().findFirst().orElse("");
    }

    /** @return a package and its versions, if it is one that is missing, else what the framework says */
    private static String inWords(String requirement) {
        Matcher name = PACKAGE.matcher(requirement);
        return name.find() ? "the package " + name.group(1) + (name.group(2) == null ? "" : " from " + name.group(2) + " on")
                + (name.group(3) == null ? "" : ", below " + name.group(3)) : requirement;
    }
}
