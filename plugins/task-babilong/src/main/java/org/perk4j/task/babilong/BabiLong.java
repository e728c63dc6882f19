package org.perk4j.task.babilong;

import java.nio.file.Path;
import org.osgi.service.component.annotations.Component;
import org.perk4j.data.TaskSource;
import org.perk4j.data.TaskType;
import org.perk4j.data.Tokenizer;
import org.perk4j.formats.Sentences;
import org.perk4j.plugin.Provides;

/**
 * BabiLong (Kuratov et al. 2024, arXiv 2406.10149): the facts of a bAbI story (Weston et al. 2015, arXiv 1502.05698),
 * scattered over an unrelated text, and questions that need one (QA1), two (QA2) or three (QA3) of them. As in the PERK
 * paper's data (arXiv 2507.06415), facts are in random order and numbered for each person.
 */
@Component
@Provides(kind = "task", type = "babilong")
public final class BabiLong implements TaskType<BabiLongOptions> {

    @Override
    public Class<BabiLongOptions> options() {
        return BabiLongOptions.class;
    }

    @Override
    public TaskSource create(BabiLongOptions options, Tokenizer tokenizer) {
        Distractor distractor = options.text().isEmpty()
                ? new FillerText() : new TextFile(Sentences.read(Path.of(options.text())));
        return new BabiLongSource(options, distractor, tokenizer);
    }
}
