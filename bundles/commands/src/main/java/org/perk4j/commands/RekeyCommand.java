package org.perk4j.commands;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ServiceScope;
import org.perk4j.service.Service;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Replaces the key that a service's data are encrypted with. */
@Component(service = Command.class, scope = ServiceScope.PROTOTYPE, property = Command.NAME + "=rekey")
@CommandLine.Command(name = "rekey", mixinStandardHelpOptions = true,
        description = {
            "Replaces the key that the data of a service are encrypted with: the environment names the file of the key as "
                    + ServeCommand.KEY_FILE + ", and that of the one that takes its place as " + RekeyCommand.NEW_KEY_FILE
                    + ".",
            "It is done at once, also while the service runs: the data themselves have a key of their own."})
public final class RekeyCommand implements Command {

    /** The environment's variable that names the file of the new key. */
    static final String NEW_KEY_FILE = "PERK_NEW_KEY_FILE";

    @Reference
    private Service service;

    @Mixin
    private Output output;

    @Option(names = "--data", paramLabel = "FOLDER", defaultValue = "perk-data",
            description = "Where the service keeps all. Default: ${DEFAULT-VALUE}.")
    private Path data;

    @Override
    public Integer call() throws IOException {
        service.replaceKey(data, required(ServeCommand.KEY_FILE), required(NEW_KEY_FILE));
        output.text().println(data + " is encrypted with the new key from now on");
        output.json(Map.of("data", data));
        return OK;
    }

    private static Path required(String variable) {
        return ServeCommand.key(variable).orElseThrow(() -> new IllegalArgumentException(
                "set " + variable + " in the environment to the name of a key's file"));
    }
}
