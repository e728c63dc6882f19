package org.perk4j.task.files;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.perk4j.data.Episode;
import org.perk4j.data.TaskSource;

/** Episodes of files. Only their positions are in memory. */
final class TaskFilesSource implements TaskSource {

    private final TaskFilesOptions options;
    private final List<EpisodeFile> files = new ArrayList<>();
    private final Map<Split, long[]> episodes = new EnumMap<>(Split.class);
    private final int divided;

    TaskFilesSource(TaskFilesOptions options) {
        this.options = options;
        long[] all = shuffled(open(options.files()), new Random(options.seed()));
        divided = all.length;
        int validation = (int) Math.round(options.validationShare() * all.length);
        int notTrain = (int) Math.round((options.validationShare() + options.testShare()) * all.length);
        put(Split.VALIDATION, Arrays.copyOfRange(all, 0, validation), options.validation());
        put(Split.TEST, Arrays.copyOfRange(all, validation, notTrain), options.test());
        put(Split.TRAIN, Arrays.copyOfRange(all, notTrain, all.length), options.train());
    }

    private void put(Split split, long[] share, List<String> names) {
        episodes.put(split, LongStream.concat(LongStream.of(share), LongStream.of(open(names))).toArray());
    }

    /** @return all episodes of some files, each as the file's number in the upper and the episode's in the lower half */
    private long[] open(List<String> names) {
        LongStream.Builder all = LongStream.builder();
        TaskFilesOptions.paths(names).forEach(path -> {
            EpisodeFile file = new EpisodeFile(path, options);
            long number = files.size();
            files.add(file);
            IntStream.range(0, file.size()).forEach(i -> all.add(number << Integer.SIZE | i));
        });
        return all.build().toArray();
    }

    private static long[] shuffled(long[] episodes, Random random) {
        for (int i = episodes.length; i > 1; i--) { // as in Collections.shuffle
            int other = random.nextInt(i);
            long episode = episodes[i - 1];
            episodes[i - 1] = episodes[other];
            episodes[other] = episode;
        }
        return episodes;
    }

    @Override
    public OptionalLong episodes(Split split) {
        return OptionalLong.of(episodes.get(split).length);
    }

    @Override
    public Episode episode(Split split, long number) {
        long[] part = episodes.get(split);
        if (number < 0 || number >= part.length) {
            throw new IllegalArgumentException("no episode " + number + " in the " + part.length + " of " + split);
        }
        long episode = part[(int) number];
        return files.get((int) (episode >>> Integer.SIZE)).episode((int) episode);
    }

    @Override
    public String remedy(Split split) {
        return options.remedy(split, divided);
    }
}
