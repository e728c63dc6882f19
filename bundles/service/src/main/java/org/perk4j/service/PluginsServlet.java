package org.perk4j.service;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.perk4j.formats.NotWrittenException;
import org.perk4j.formats.Options;
import org.perk4j.registry.PluginBundles;
import org.perk4j.registry.PluginJars;
import org.perk4j.registry.PluginState;
import org.perk4j.registry.PluginStates;
import org.perk4j.registry.PluginTrial;

/**
 * {@code /v1/plugins}: lists plugins, and installs one; {@code /v1/plugins/NAME}, by type or bundle: describes or removes
 * one; {@code /v1/plugins/NAME/start} and {@code …/stop}.
 */
final class PluginsServlet extends ApiServlet {

    private static final long serialVersionUID = 1;

    /** A type that another site's page can't send without a preflight request, which is always refused. */
    private static final String JAR = "application/java-archive";
    private static final Pattern SYMBOLIC_NAME = Pattern.compile("[A-Za-z0-9._-]{1,200}");

    private final transient PluginStates states;
    private final transient PluginBundles bundles;
    private final transient PluginTrial trial;
    private final transient PluginJars jars;

    PluginsServlet(Settings settings, PluginStates states, PluginBundles bundles, PluginTrial trial, PluginJars jars) {
        super(settings);
        this.states = states;
        this.bundles = bundles;
        this.trial = trial;
        this.jars = jars;
    }

    @Override
    void serve(HttpServletRequest request, HttpServletResponse response) throws ApiException, IOException {
        String path = request.getPathInfo();
        List<String> parts = path == null || path.equals("/") ? List.of() : List.of(path.substring(1).split("/", -1));
        String asked = request.getMethod() + switch (parts.size()) {
            case 0 -> "";
            case 1 -> " NAME";
            default -> " NAME/" + String.join("/", parts.subList(1, parts.size()));
        };
        try {
            switch (asked) {
                case "GET" -> respond(response, HttpServletResponse.SC_OK, listed(states.all()));
                case "GET NAME" -> respond(response, HttpServletResponse.SC_OK, described(parts.get(0)));
                case "POST" -> install(request, response);
                case "DELETE NAME" -> remove(parts.get(0), response);
                case "POST NAME/start" ->
                        respond(response, HttpServletResponse.SC_OK, listed(bundles.start(parts.get(0))));
                case "POST NAME/stop" ->
                        respond(response, HttpServletResponse.SC_OK, listed(bundles.stop(parts.get(0))));
                default -> throw ApiException.notAllowed(request.getMethod(), request.getRequestURI());
            }
        } catch (IllegalArgumentException e) {
            throw ApiException.conflict(e.getMessage());
        }
    }

    private static Map<String, Object> listed(List<PluginState> plugins) {
        return Map.of("plugins", plugins.stream().map(PluginsServlet::row).toList());
    }

    private static Map<String, Object> row(PluginState plugin) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("kind", plugin.kind());
        row.put("type", plugin.type());
        row.put("version", plugin.version());
        row.put("bundle", plugin.bundle());
        row.put("state", plugin.stateName());
        row.put("reasons", plugin.reasons());
        return row;
    }

    private Map<String, Object> described(String name) throws ApiException {
        List<Map<String, Object>> meant = states.all().stream().filter(plugin -> plugin.isNamed(name)).map(plugin -> {
            Map<String, Object> row = row(plugin);
            row.put("wiring", bundles.wiring(plugin));
            states.options(plugin).ifPresent(options -> row.put("options", Options.describe(options).lines().toList()));
            return row;
        }).toList();
        if (meant.isEmpty()) {
            throw ApiException.notFound("plugin_not_found",
                    "no plugin " + name + " is installed; GET /v1/plugins lists those that are");
        }
        return Map.of("plugins", meant);
    }

    private void install(HttpServletRequest request, HttpServletResponse response) throws ApiException, IOException {
        if (!JAR.equals(request.getContentType())) {
            throw ApiException.invalid(null, "the body must be the jar of a plugin, with the Content-Type " + JAR);
        }
        byte[] content = Request.bytes(request, settings().maxBody());
        PluginTrial.Outcome outcome = examined(content);
        if (!outcome.isSound() || !SYMBOLIC_NAME.matcher(outcome.bundle()).matches()) {
            throw ApiException.invalid(null, "the plugin was not installed: " + (outcome.isSound()
                    ? "its bundle's name has other characters than letters, digits, dots, hyphens and underscores"
                    : String.join("; ", outcome.problems())));
        }
        List<Path> replaced = jars.install(content, outcome.bundle() + ".jar", outcome.bundle());
        response.setHeader("Location", "/v1/plugins/" + outcome.bundle());
        respond(response, HttpServletResponse.SC_ACCEPTED, Map.of("bundle", outcome.bundle(), "version", outcome.version(),
                "provides", outcome.plugins().stream().map(plugin -> Map.of("kind", plugin.kind(), "type", plugin.type()))
                        .toList(),
                "replaced", names(replaced)));
    }

    private PluginTrial.Outcome examined(byte[] content) throws IOException {
        Path file = Files.createTempFile("plugin", ".jar");
        try {
            return trial.unstarted(write(file, content));
        } finally {
            Files.delete(file);
        }
    }

    private static Path write(Path file, byte[] content) throws IOException {
        try {
            return Files.write(file, content);
        } catch (IOException e) {
            throw new NotWrittenException(file, e);
        }
    }

    private void remove(String bundle, HttpServletResponse response) throws ApiException, IOException {
        if (jars.filesOf(bundle).isEmpty() && states.all().stream().anyMatch(plugin -> bundle.equals(plugin.bundle()))) {
            throw ApiException.conflict(bundle + " is shipped with Perk4J and can't be removed: stop it by POST /v1/plugins/"
                    + bundle + "/stop");
        }
        respond(response, HttpServletResponse.SC_ACCEPTED, Map.of("removed", names(jars.remove(bundle))));
    }

    private static List<String> names(List<Path> files) {
        return files.stream().map(file -> file.getFileName().toString()).toList();
    }
}
