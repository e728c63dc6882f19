package org.perk4j.service;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import org.perk4j.plugin.MissingPluginException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code /ready}: whether questions can be answered, and if not, what is missing. It needs no key. */
final class ReadyServlet extends OpenServlet {

    private static final long serialVersionUID = 1;
    private static final Logger LOG = LoggerFactory.getLogger(ReadyServlet.class);

    private final transient OpenBases bases;

    ReadyServlet(OpenBases bases) {
        this.bases = bases;
    }

    @Override
    void tell(HttpServletRequest request, HttpServletResponse response) throws IOException {
        try (Shared<OpenBases.Opened> open = bases.use(Deadline.of(request))) {
            ApiServlet.respond(response, HttpServletResponse.SC_OK, Map.of("status", "ready"));
        } catch (MissingPluginException e) {
            lacks(response, e.getMessage());
        } catch (Deadline.PassedException e) {
            lacks(response, "the base is still being opened");
        } catch (IOException | RuntimeException e) {
            LOG.error("The base can't be opened", e);
            lacks(response, "the base can't be opened: the log says why");
        }
    }

    private static void lacks(HttpServletResponse response, String what) throws IOException {
        ApiServlet.respond(response, HttpServletResponse.SC_SERVICE_UNAVAILABLE,
                Map.of("status", "not ready", "lacks", what));
    }
}
