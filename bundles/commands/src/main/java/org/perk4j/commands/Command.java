package org.perk4j.commands;

import java.util.concurrent.Callable;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A command of {@code perk}: a class with picocli's annotations, published as a service of prototype scope, so that each
 * call has an instance, and thus options, of its own.
 *
 * <pre>{@code
 * @Component(service = Command.class, scope = ServiceScope.PROTOTYPE)
 * @CommandLine.Command(name = "count", description = "Counts the words of a text.")
 * public final class CountCommand implements Command {
 *
 *     @Mixin
 *     private Output output;
 *
 *     @Parameters(paramLabel = "FILE", description = "A text in UTF-8.")
 *     private Path file;
 *
 *     @Reference
 *     private Words words;
 *
 *     @Override
 *     public Integer call() throws IOException {
 *         long count = words.count(file);
 *         output.text().println(count + " words");
 *         output.json(Map.of("words", count));
 *         return OK;
 *     }
 * }
 * }</pre>
 *
 * <p>If the service has the property {@link #NAME}, {@code property = Command.NAME + "=count"}, then {@code perk count}
 * doesn't look at any other command.
 *
 * <p>The result goes to {@link Output}; progress and warnings go to standard error or the log.
 *
 * <p>A command fails by throwing an exception whose message names the problem and the remedy: the user sees that one line.
 * It fails with {@link picocli.CommandLine.ParameterException} if it wasn't called properly.
 */
@ConsumerType
public interface Command extends Callable<Integer> {

    /** The service property with a command's name, by which it is found before it is made. */
    String NAME = "perk4j.command";

    /** The exit code of a command that succeeded. */
    int OK = 0;

    /** The exit code of a command that failed. One line on standard error says why. */
    int FAILURE = 1;

    /** The exit code for an unknown command or wrong arguments. */
    int USAGE = 2;

    /** The exit code of a training or a study that was stopped before its end, and can go on. */
    int STOPPED = 3;

    /** The exit code of a command whose result is not a finite number: {@link org.perk4j.meta.NotFiniteException}. */
    int NOT_FINITE = 4;

    /** The exit code of a command that ran out of memory: {@link OutOfMemoryError}. */
    int OUT_OF_MEMORY = 5;

    /** @return {@link #OK} or {@link #STOPPED}; {@link #FAILURE} if the reason was already printed */
    @Override
    Integer call() throws Exception;
}
