package org.perk4j.task.cloze;

import java.nio.file.Path;
import org.osgi.service.component.annotations.Component;
import org.perk4j.data.TaskSource;
import org.perk4j.data.TaskType;
import org.perk4j.data.Tokenizer;
import org.perk4j.formats.Sentences;
import org.perk4j.plugin.Provides;

/**
 * Passages of a text, and questions that are made of their sentences by rule, as in cloze tests (Taylor 1953): which name
 * belongs in a gap, and how a sentence goes on. They ask what a passage says, not what it means.
 */
@Component
@Provides(kind = "task", type = "cloze")
public final class Cloze implements TaskType<ClozeOptions> {

    @Override
    public Class<ClozeOptions> options() {
        return ClozeOptions.class;
    }

    @Override
    public TaskSource create(ClozeOptions options, Tokenizer tokenizer) {
        return new ClozeSource(options, Sentences.read(Path.of(options.text())), tokenizer);
    }
}
