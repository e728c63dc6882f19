package org.perk4j.task.files;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.perk4j.formats.JsonEntries;
import org.perk4j.formats.JsonValue;

/** JSON with a list of instances, one per line, a single one, or an object with a list, as in SQuAD and TriviaQA. */
record JsonInstances(Path file, Set<String> columns) implements InstanceFile {

    @Override
    public void forEach(Taker taker) throws IOException {
        Set<String> lists = Stream.of("data", "Data").filter(list -> !columns.contains(list)).collect(Collectors.toSet());
        JsonEntries.forEach(file, lists, entry -> taker.take(entry.value(), entry.offset()));
    }

    @Override
    public JsonValue read(long position) throws IOException {
        return JsonEntries.read(file, position);
    }
}
