package org.perk4j.inference;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.perk4j.formats.ModelFiles;
import org.perk4j.formats.UserFolders;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The trained adapters that need not be named, since they are found by the base that they were trained with: the user's own,
 * and after them those that were shipped. Immutable.
 */
public final class InstalledAdapters {

    private static final Logger LOG = LoggerFactory.getLogger(InstalledAdapters.class);

    private final List<Path> folders = new ArrayList<>();

    /** @param shipped folders that may hold folders of trained adapters, the preferred ones first; they need not exist */
    public InstalledAdapters(Path... shipped) {
        folders.add(folderOfUser());
        folders.addAll(List.of(shipped));
    }

    /** @return the folder for the user's own, each in a folder of its own */
    public static Path folderOfUser() {
        return UserFolders.data("adapters");
    }

    /**
     * @param base a base as it can be opened
     * @return the first adapter that was trained with the base; within a folder, in the order of their names. One that is
     *         invalid is passed over, with a warning.
     * @throws IOException if the base is invalid; or if there is none for it, and one that is invalid may be it
     */
    public Optional<TrainedAdapter> of(Path base) throws IOException {
        try (ModelFiles files = ModelFiles.open(base)) {
            return of(FingerprintCache.ofUser().of(files.weightFiles(), files::fingerprint));
        }
    }

    /** Like {@link #of(Path)}, for an open base. */
    public Optional<TrainedAdapter> of(BaseModel base) throws IOException {
        return of(base.fingerprint());
    }

    Optional<TrainedAdapter> of(String fingerprint) throws IOException {
        IOException invalid = null;
        for (Path each : all()) {
            try {
                TrainedAdapter adapter = TrainedAdapter.open(each);
                if (adapter.manifest().baseFingerprint().equals(fingerprint)) {
                    if (invalid != null) {
                        LOG.warn("An invalid adapter is passed over: {}", invalid.getMessage());
                    }
                    return Optional.of(adapter);
                }
            } catch (IOException e) {
                invalid = e;
            }
        }
        if (invalid != null) {
            throw invalid;
        }
        return Optional.empty();
    }

    private List<Path> all() throws IOException {
        List<Path> all = new ArrayList<>();
        for (Path folder : folders) {
            if (Files.isDirectory(folder)) {
                try (Stream<Path> inside = Files.list(folder)) {
                    inside.filter(each -> Files.exists(each.resolve(TrainedAdapter.MANIFEST))).sorted().forEach(all::add);
                }
            }
        }
        return all;
    }
}
