package org.perk4j.task.files;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.perk4j.data.Episode;
import org.perk4j.formats.FileFormatException;
import org.perk4j.formats.JsonValue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The episodes of a file. A first pass checks all of them and records their positions; each is then read when it is needed.
 */
final class EpisodeFile {

    private static final Logger LOG = LoggerFactory.getLogger(EpisodeFile.class);

    private final Path path;
    private final InstanceFile file;
    private final Layouts layouts;
    private final FileTime modified;
    private final long[] positions;
    private final int[] parts;

    /** @throws IllegalArgumentException naming file, place and remedy, if its content is invalid */
    EpisodeFile(Path path, TaskFilesOptions options) {
        this.path = path;
        this.file = InstanceFile.of(path, options.columns().outermost());
        this.layouts = new Layouts(options);
        LongStream.Builder positions = LongStream.builder();
        IntStream.Builder parts = IntStream.builder();
        Placeholders placeholders = new Placeholders();
        int[] instances = {0, 0};
        try {
            file.forEach((instance, position) -> {
                if (!placeholders.skips(instance)) {
                    int episodes = layouts.episodes(instance, placeholders).size();
                    IntStream.range(0, episodes).forEach(part -> {
                        positions.add(position);
                        parts.add(part);
                    });
                    instances[0]++;
                    instances[1] += episodes == 0 ? 1 : 0;
                }
            });
            this.modified = Files.getLastModifiedTime(path);
        } catch (IOException e) {
            throw unreadable(e);
        }
        this.positions = positions.build().toArray();
        this.parts = parts.build().toArray();
        if (instances[0] == 0) {
            throw new IllegalArgumentException(path + ": empty: name a file with instances");
        }
        if (instances[0] == instances[1]) {
            throw new IllegalArgumentException(path + ": not one of its " + instances[0]
                    + " instances has a text to read: it "
                    + "may only name texts that lie elsewhere, as the original files of TriviaQA do; Hugging Face's hold "
                    + "them");
        }
        if (placeholders.met() > 0) {
            LOG.warn("{}: skipped {} placeholder entries \"...\"", path, placeholders.met());
        }
        if (instances[1] > 0) {
            LOG.warn("{}: skipped {} instances without a text to read", path, instances[1]);
        }
    }

    int size() {
        return positions.length;
    }

    /** @param number from 0 to below {@link #size} */
    Episode episode(int number) {
        try {
            if (!Files.getLastModifiedTime(path).equals(modified)) {
                throw new FileFormatException(path, "was changed while it was in use: start again, and leave it unchanged");
            }
            JsonValue instance = file.read(positions[number]);
            return layouts.episodes(instance, new Placeholders()).get(parts[number]);
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private IllegalArgumentException unreadable(IOException e) {
        boolean told = e instanceof FileFormatException || e instanceof FileSystemException;
        return new IllegalArgumentException(told ? e.getMessage() : path + ": can't be read: " + e.getMessage(), e);
    }
}
