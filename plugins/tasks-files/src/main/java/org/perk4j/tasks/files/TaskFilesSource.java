package org.perk4j.tasks.files;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import org.perk4j.data.Episode;
import org.perk4j.data.TaskSource;

/** Episodes that were read from files, all of them in memory. */
final class TaskFilesSource implements TaskSource {

    private final TaskFilesOptions options;
    private final int divided;
    private final Map<Split, List<Episode>> episodes;

    private TaskFilesSource(TaskFilesOptions options, int divided, Map<Split, List<Episode>> episodes) {
        this.options = options;
        this.divided = divided;
        this.episodes = episodes;
    }

    static TaskFilesSource read(TaskFilesOptions options) {
        EpisodeReader reader = new EpisodeReader(options.recordsPerSegment());
        List<Episode> divided = reader.read(TaskFilesOptions.paths(options.files()));
        Map<Split, List<Episode>> episodes = divide(divided, options);
        episodes.get(Split.TRAIN).addAll(reader.read(TaskFilesOptions.paths(options.train())));
        episodes.get(Split.VALIDATION).addAll(reader.read(TaskFilesOptions.paths(options.validation())));
        episodes.get(Split.TEST).addAll(reader.read(TaskFilesOptions.paths(options.test())));
        return new TaskFilesSource(options, divided.size(), episodes);
    }

    private static Map<Split, List<Episode>> divide(List<Episode> read, TaskFilesOptions options) {
        List<Episode> all = new ArrayList<>(read);
        Collections.shuffle(all, new Random(options.seed()));
        int validation = (int) Math.round(options.validationShare() * all.size());
        int notTrain = (int) Math.round((options.validationShare() + options.testShare()) * all.size());
        Map<Split, List<Episode>> parts = new EnumMap<>(Split.class);
        parts.put(Split.VALIDATION, new ArrayList<>(all.subList(0, validation)));
        parts.put(Split.TEST, new ArrayList<>(all.subList(validation, notTrain)));
        parts.put(Split.TRAIN, new ArrayList<>(all.subList(notTrain, all.size())));
        return parts;
    }

    @Override
    public OptionalLong episodes(Split split) {
        return OptionalLong.of(episodes.get(split).size());
    }

    @Override
    public Episode episode(Split split, long number) {
        List<Episode> part = episodes.get(split);
        if (number < 0 || number >= part.size()) {
            throw new IllegalArgumentException("no episode " + number + " in the " + part.size() + " of " + split);
        }
        return part.get((int) number);
    }

    @Override
    public String remedy(Split split) {
        return options.remedy(split, divided);
    }
}
