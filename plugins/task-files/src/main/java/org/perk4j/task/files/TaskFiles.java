package org.perk4j.task.files;

import org.osgi.service.component.annotations.Component;
import org.perk4j.data.TaskSource;
import org.perk4j.data.TaskType;
import org.perk4j.data.Tokenizer;
import org.perk4j.plugin.Provides;

/**
 * Episodes from files: JSON, CSV and Parquet, in the layouts of the PERK paper's data (arXiv 2507.06415) and of published
 * data sets for reading comprehension and long contexts, or with columns of any name.
 */
@Component
@Provides(kind = "task", type = "files")
public final class TaskFiles implements TaskType<TaskFilesOptions> {

    @Override
    public Class<TaskFilesOptions> options() {
        return TaskFilesOptions.class;
    }

    @Override
    public TaskSource create(TaskFilesOptions options, Tokenizer tokenizer) {
        return new TaskFilesSource(options);
    }
}
