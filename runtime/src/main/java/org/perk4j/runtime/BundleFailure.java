package org.perk4j.runtime;

import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.osgi.framework.BundleException;

/** The reason why the framework can't use a bundle, in one line. */
final class BundleFailure {

    /** A missing requirement in the framework's message; nested, the innermost last. */
    private static final Pattern MISSING = Pattern.compile(
            "missing requirement \\[(\\S+) \\[\\d+]\\(R [\\d.]+\\)] (.*?)(?= Unresolved requirements:| \\[caused by:|]|$)");

    private static final Pattern PACKAGE = Pattern.compile(
            "\\(osgi\\.wiring\\.package=([^)]+)\\)(?:\\(version>=([^)]+)\\)(?:\\(!\\(version>=([^)]+)\\)\\))?)?");

    private BundleFailure() {
    }

    /** @return what is missing, if anything is, otherwise what went wrong */
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

    /** @return the missing package and its versions, or the framework's message if something else is missing */
    private static String inWords(String requirement) {
        Matcher name = PACKAGE.matcher(requirement);
        return name.find() ? "the package " + name.group(1) + (name.group(2) == null ? "" : " from " + name.group(2) + " on")
                + (name.group(3) == null ? "" : ", below " + name.group(3)) : requirement;
    }
}
