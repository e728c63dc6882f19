package org.perk4j.service;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The service's metrics. Those of answers are named by OpenTelemetry's conventions for generative AI. No label's value comes
 * from a client, so their number is bounded. Thread-safe.
 */
final class Metrics implements AutoCloseable {

    private static final Set<String> METHODS = Set.of("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS");
    private static final Duration[] LATENCIES = {Duration.ofMillis(5), Duration.ofMillis(10), Duration.ofMillis(25),
        Duration.ofMillis(50), Duration.ofMillis(100), Duration.ofMillis(250), Duration.ofMillis(500), Duration.ofSeconds(1),
        Duration.ofMillis(2500), Duration.ofSeconds(5), Duration.ofSeconds(10), Duration.ofSeconds(30),
        Duration.ofMinutes(1)};
    private static final String MODEL = "gen_ai.request.model";
    private static final String OPERATION = "gen_ai.operation.name";
    private static final String SYSTEM = "gen_ai.provider.name";
    private static final String PERK4J = "perk4j";

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final JvmGcMetrics collections = new JvmGcMetrics();
    private final String base;

    /** @param base the name of the base, a label of all answers */
    Metrics(String base) {
        this.base = base;
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ClassLoaderMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        collections.bindTo(registry);
    }

    /** Adds a gauge, which is read when the metrics are requested. */
    void watch(String name, String description, Supplier<Number> value) {
        Gauge.builder(name, value).description(description).register(registry);
    }

    /** @param route the pattern of the servlet that served it */
    void served(String method, String route, int status, long nanos) {
        Timer.builder("http.server.request.duration").description("How long requests took")
                .tag("http.request.method", METHODS.contains(method) ? method : "_OTHER").tag("http.route", route)
                .tag("http.response.status_code", Integer.toString(status)).serviceLevelObjectives(LATENCIES)
                .register(registry).record(nanos, TimeUnit.NANOSECONDS);
    }

    /** @param operation {@code chat} or {@code text_completion} */
    void answered(String operation, Completion.Written written) {
        timer("gen_ai.server.request.duration", "How long answers took, from the question to the last token", operation)
                .record(written.time().whole());
        timer("gen_ai.server.time_to_first_token", "How long answers took, from the question to the first token", operation)
                .record(written.time().first());
        if (written.tokens() > 1) {
            timer("gen_ai.server.time_per_output_token", "How long a token took after the first", operation)
                    .record(written.time().whole().minus(written.time().first()).dividedBy(written.tokens() - 1));
        }
        tokens(operation, "input", written.promptTokens());
        tokens(operation, "output", written.tokens());
    }

    private Timer timer(String name, String description, String operation) {
        return Timer.builder(name).description(description).tag(OPERATION, operation).tag(MODEL, base).tag(SYSTEM, PERK4J)
                .serviceLevelObjectives(LATENCIES).register(registry);
    }

    private void tokens(String operation, String type, int tokens) {
        registry.counter("gen_ai.client.token.usage", OPERATION, operation, MODEL, base, SYSTEM, PERK4J,
                "gen_ai.token.type", type).increment(tokens);
    }

    /** @return all metrics, in Prometheus' text format */
    String text() {
        return registry.scrape();
    }

    @Override
    public void close() {
        collections.close();
        registry.close();
    }
}
