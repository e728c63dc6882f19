package org.perk4j.inference;

import java.util.OptionalLong;
import org.perk4j.data.TaskSource;
import org.perk4j.data.TaskSource.Split;
import org.perk4j.data.TaskType;
import org.perk4j.data.Tokenizer;
import org.perk4j.formats.Options;
import org.perk4j.formats.PluginChoice;
import org.perk4j.plugin.Plugins;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A task that a job picks, with its source opened.
 *
 * @param choice the job's choice
 * @param source provides the episodes
 */
public record Task(PluginChoice choice, TaskSource source) {

    private static final Logger LOG = LoggerFactory.getLogger(Task.class);

    /**
     * @param tokenizer the base model's, open for as long as the task is used
     * @throws IllegalArgumentException naming file, place and remedy, if the options or the data that they name are wrong
     */
    public static Task open(PluginChoice choice, Tokenizer tokenizer, Plugins plugins, Leases leases) {
        return new Task(choice, create(leases.add(plugins.lease(TaskType.class, choice.type())).get(), choice, tokenizer));
    }

    private static <O extends Record> TaskSource create(TaskType<O> type, PluginChoice choice, Tokenizer tokenizer) {
        return type.create(Options.bind(choice, type.options()), tokenizer);
    }

    /**
     * Checks, before anything is computed, that there are enough episodes. If there are fewer than wanted, logs a warning;
     * fails if there are none.
     *
     * @param first the number of the first episode wanted
     * @return the number of episodes from there on, from 1 to {@code wanted}
     * @throws IllegalArgumentException naming the place in the job, the split, the number of episodes and the remedy, if
     *                                  there are none
     */
    public int available(Split split, long first, int wanted) {
        OptionalLong episodes = source.episodes(split);
        if (episodes.isEmpty() || episodes.getAsLong() - first >= wanted) {
            return wanted;
        }
        long count = episodes.getAsLong();
        if (count <= first) {
            throw new IllegalArgumentException(choice.options().place().describe("the task " + choice.type() + " has "
                    + count(count, split) + (first == 0 ? "" : ", so none from number " + first + " on") + ": "
                    + source.remedy(split)));
        }
        int left = Math.toIntExact(count - first);
        LOG.warn("{}", choice.options().place().describe("the task " + choice.type() + " has " + count(count, split) + ": "
                + left + " instead of " + wanted + " are used; for more, " + source.remedy(split)));
        return left;
    }

    private static String count(long count, Split split) {
        String purpose = switch (split) {
            case TRAIN -> "training";
            case VALIDATION -> "validation";
            case TEST -> "the test";
        };
        return (count == 0 ? "no" : count) + (count == 1 ? " episode for " : " episodes for ") + purpose;
    }
}
