package org.perk4j.training;

import org.perk4j.data.TaskSource;
import org.perk4j.data.TaskType;
import org.perk4j.formats.Options;
import org.perk4j.formats.PluginChoice;
import org.perk4j.inference.Leases;
import org.perk4j.plugin.Plugins;

/** Opens the tasks that a job picks. */
final class Tasks {

    private Tasks() {
    }

    static TaskSource lease(PluginChoice choice, Plugins plugins, Leases leases) {
        return create(leases.add(plugins.lease(TaskType.class, choice.type())).get(), choice);
    }

    private static <O extends Record> TaskSource create(TaskType<O> type, PluginChoice choice) {
        return type.create(Options.bind(choice, type.options()));
    }
}
