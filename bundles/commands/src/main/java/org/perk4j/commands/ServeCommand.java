package org.perk4j.commands;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ServiceScope;
import org.perk4j.formats.PluginChoice;
import org.perk4j.inference.Memories;
import org.perk4j.inference.OpenBase;
import org.perk4j.inference.TrainedAdapter;
import org.perk4j.inference.UpcomingBackend;
import org.perk4j.inference.WeightType;
import org.perk4j.service.Service;
import org.perk4j.service.Settings;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Serves a base model and its memories by HTTP. */
@Component(service = Command.class, scope = ServiceScope.PROTOTYPE, property = Command.NAME + "=serve")
@CommandLine.Command(name = "serve", mixinStandardHelpOptions = true,
        description = {
            "Serves a base model and its memories by HTTP, as OpenAI's API: ask the model BASE, or BASE:MEMORY, at "
                    + "/v1/chat/completions or /v1/completions; /v1/models lists them.",
            "POST {\"name\": …, \"text\": …} to /v1/memories encodes a text; /v1/jobs tells how far it is, and goes on when "
                    + "the service was killed; DELETE /v1/memories/NAME forgets it.",
            "Ctrl-C or SIGTERM lets answers that are being written end, and stops."})
public final class ServeCommand implements Command {

    /** The environment's variable that has the key: on the command line, all users of the machine could read it. */
    static final String KEY = "PERK_API_KEY";

    /** The environment's variable that names the file of the key that the data are encrypted with. */
    static final String KEY_FILE = "PERK_KEY_FILE";

    @Reference
    private Memories memories;

    @Reference
    private Service service;

    @Mixin
    private Output output;

    @Option(names = "--data", paramLabel = "FOLDER", defaultValue = "perk-data",
            description = "Where all is kept, for one service at a time; encrypted if " + KEY_FILE + " in the environment "
                    + "names a file with a key when it is begun. Default: ${DEFAULT-VALUE}.")
    private Path data;

    @Option(names = "--host", defaultValue = "127.0.0.1",
            description = "The address to listen at. One that other machines reach takes the key that clients have to "
                    + "send, in the environment as " + KEY + ". Default: ${DEFAULT-VALUE}.")
    private String host;

    @Option(names = "--port", paramLabel = "N", defaultValue = "8080",
            description = "The port to listen at; 0 for any that is free. Default: ${DEFAULT-VALUE}.")
    private int port;

    @Mixin
    private WriterChoice choice;

    @Option(names = "--name", description = "What clients call the base. Default: the name of its folder or"
            + " file.")
    private String name;

    @Option(names = "--max-body", paramLabel = "BYTES", defaultValue = "16777216",
            description = "The most bytes of a request. Default: ${DEFAULT-VALUE}.")
    private long maxBody;

    @Option(names = "--max-requests", paramLabel = "N", defaultValue = "128",
            description = "The most questions that are answered at a time; more are refused by 429. Default: "
                    + "${DEFAULT-VALUE}.")
    private int maxRequests;

    @Option(names = "--max-loaded", paramLabel = "N", defaultValue = "32",
            description = "The most memories that are kept ready to be asked. Default: ${DEFAULT-VALUE}.")
    private int maxLoaded;

    @Option(names = "--quota", paramLabel = "BYTES", defaultValue = "9223372036854775807",
            description = "The most bytes that memories take: those that were asked longest ago, and aren't pinned, are "
                    + "deleted when there is no room for a new one. Default: no limit.")
    private long quota;

    @Option(names = "--max-import", paramLabel = "BYTES", defaultValue = "1073741824",
            description = "The most bytes of a memory that is imported. Default: ${DEFAULT-VALUE}.")
    private long maxImport;

    @Option(names = "--max-seconds", paramLabel = "N", defaultValue = "600",
            description = "The most that a request takes; then it ends with an error. Default: ${DEFAULT-VALUE}.")
    private int maxSeconds;

    @Option(names = "--max-memory", paramLabel = "BYTES", defaultValue = "1073741824",
            description = "The most bytes for the keys and values of all answers that are being written; an answer that "
                    + "doesn't fit waits. Default: ${DEFAULT-VALUE}.")
    private long maxMemory;

    @Option(names = "--max-request-memory", paramLabel = "BYTES", defaultValue = "9223372036854775807",
            description = "The most of these bytes for one request; one that may need more is refused by 413. Default: what "
                    + "--max-memory says.")
    private long maxRequestMemory;

    @Option(names = "--database", paramLabel = "URL", defaultValue = "${env:PERK_DATABASE}",
            description = "The database that knows about memories and jobs, such as jdbc:postgresql://HOST/NAME?user=USER; "
                    + "one with a password rather in the environment as PERK_DATABASE. Default: an embedded one in --data.")
    private String database;

    @Mixin
    private BackendOption backend;

    @Override
    public Integer call() throws IOException, InterruptedException {
        String key = System.getenv().getOrDefault(KEY, "");
        if (key.isEmpty() && !InetAddress.getByName(host).isLoopbackAddress()) {
            throw new IllegalArgumentException("other machines reach " + host + ": set " + KEY
                    + " in the environment to a key that clients have to send, or listen at 127.0.0.1");
        }
        Settings settings = new Settings(host, port, key, maxBody, maxRequests, maxLoaded, quota, maxImport,
                maxSeconds, maxMemory, maxRequestMemory, database == null ? "" : database);
        TrainedAdapter trained = choice.adapter();
        try (StopOnInterrupt stop = new StopOnInterrupt("answers that are being written end");
                Service.Running running = service.start(name, backend.choice(),
                        computing -> open(trained, computing), trained, data, key(KEY_FILE), Installed.plugins(),
                        settings)) {
            output.text().println("serving " + running.name() + " at " + running.address() + ", memories in " + data
                    + "; Ctrl-C ends it");
            output.text().flush();
            output.json(Map.of("address", running.address().toString(), "model", running.name(), "data", data));
            stop.await();
        }
        return OK;
    }

    private OpenBase open(TrainedAdapter trained, PluginChoice computing) throws IOException {
        try (UpcomingBackend upcoming = memories.upcoming(computing)) {
            return memories.open(choice.base(memories, trained), WeightType.STORED, upcoming);
        }
    }

    /** @return the file that the environment names; empty if it names none */
    static Optional<Path> key(String variable) {
        return Optional.ofNullable(System.getenv(variable)).filter(name -> !name.isBlank()).map(Path::of);
    }
}
