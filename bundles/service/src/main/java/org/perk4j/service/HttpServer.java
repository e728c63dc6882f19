package org.perk4j.service;

import jakarta.servlet.Filter;
import jakarta.servlet.Servlet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.servlet.runtime.HttpServiceRuntime;
import org.osgi.service.servlet.runtime.HttpServiceRuntimeConstants;
import org.osgi.service.servlet.whiteboard.HttpWhiteboardConstants;

/**
 * The framework's HTTP server, Felix's Jetty, which listens until this is closed. Servlets are registered on the
 * whiteboard.
 */
final class HttpServer implements AutoCloseable {

    /** The launcher has Jetty start only once this configuration exists. */
    private static final String PID = "org.apache.felix.http";
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int FIRST_TRIED_MILLIS = 10;
    private static final int IDLE_MILLIS = 30_000;
    /** Threads in addition to those that answer questions. */
    private static final int OTHER_THREADS = 128;

    private final BundleContext context;
    private final Configuration configuration;
    private final List<ServiceRegistration<?>> served = new ArrayList<>();
    private final Settings settings;

    /**
     * Has it start, on a thread of the framework.
     *
     * @throws IOException if another listens there, saying what to change
     */
    HttpServer(BundleContext context, ConfigurationAdmin configurations, Settings settings) throws IOException {
        this.context = context;
        this.settings = settings;
        requireFree(settings);
        configuration = configurations.getConfiguration(PID, "?");
        configuration.update(new Hashtable<>(Map.of("org.apache.felix.http.host", settings.host(),
                "org.osgi.service.http.port", Integer.toString(settings.port()),
                "org.apache.felix.http.jetty.sendServerHeader", false,
                // for a client that neither reads nor writes
                "org.apache.felix.http.timeout", IDLE_MILLIS,
                "org.apache.felix.http.jetty.threadpool.max", settings.requests() + OTHER_THREADS,
                // bounds headers, which don't count as a body
                "org.apache.felix.http.jetty.headerBufferSize", 16_384)));
    }

    /** Checks that the address is free, since the server would only log that it isn't. */
    private static void requireFree(Settings settings) throws IOException {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getByName(settings.host()), settings.port());
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(address);
        } catch (BindException e) {
            throw new IOException("can't listen at " + settings.host() + ", port " + settings.port() + " (" + e.getMessage()
                    + "): choose another port by --port; 0 takes any that is free", e);
        }
    }

    /**
     * Waits until it listens.
     *
     * @return where
     * @throws IOException if it doesn't
     */
    URI address() throws IOException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < end) {
            ServiceReference<HttpServiceRuntime> runtime = context.getServiceReference(HttpServiceRuntime.class);
            Object endpoints = runtime == null ? null
                    : runtime.getProperty(HttpServiceRuntimeConstants.HTTP_SERVICE_ENDPOINT);
            if (endpoints instanceof String[] found && found.length > 0) {
                URI endpoint = URI.create(found[0]);
                return URI.create("http://" + (settings.host().contains(":") ? "[" + settings.host() + "]" : settings.host())
                        + ":" + endpoint.getPort() + "/");
            }
            try {
                Thread.sleep(FIRST_TRIED_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while the HTTP server started", e);
            }
        }
        throw new IOException("the HTTP server didn't start at " + settings.host() + ", port " + settings.port()
                + ": the log says why");
    }

    /** Serves {@code pattern}, such as {@code /v1/models/*}. */
    void serve(String pattern, Servlet servlet) {
        Dictionary<String, Object> properties = new Hashtable<>(Map.of(
                HttpWhiteboardConstants.HTTP_WHITEBOARD_SERVLET_PATTERN, pattern,
                HttpWhiteboardConstants.HTTP_WHITEBOARD_SERVLET_NAME, servlet.getClass().getSimpleName() + pattern));
        served.add(context.registerService(Servlet.class, servlet, properties));
    }

    /** Registers a filter of all requests. */
    void filter(Filter filter) {
        served.add(context.registerService(Filter.class, filter, new Hashtable<>(Map.of(
                HttpWhiteboardConstants.HTTP_WHITEBOARD_FILTER_PATTERN, "/*"))));
    }

    @Override
    public void close() {
        Collections.reverse(served); // servlets first, so that none is served without the filter
        served.forEach(ServiceRegistration::unregister);
        try {
            configuration.delete();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
