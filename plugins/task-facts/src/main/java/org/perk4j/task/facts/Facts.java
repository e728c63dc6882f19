package org.perk4j.task.facts;

import java.nio.file.Path;
import java.util.List;
import org.osgi.service.component.annotations.Component;
import org.perk4j.data.TaskSource;
import org.perk4j.data.TaskType;
import org.perk4j.data.Tokenizer;
import org.perk4j.formats.Sentences;
import org.perk4j.plugin.Provides;

/**
 * Made-up facts about things of many kinds, written as records of different forms, or as sentences within prose; and
 * questions about them. Names and values are made of a list of words, so that there are none to learn by heart. The kind
 * {@code needle} has the single fact of a needle in a haystack, as in RULER (Hsieh et al. 2024, arXiv 2404.06654).
 */
@Component
@Provides(kind = "task", type = "facts")
public final class Facts implements TaskType<FactsOptions> {

    @Override
    public Class<FactsOptions> options() {
        return FactsOptions.class;
    }

    @Override
    public TaskSource create(FactsOptions options, Tokenizer tokenizer) {
        List<String> prose = options.text().isEmpty() ? List.of() : Sentences.read(Path.of(options.text()));
        return new FactsSource(options, Words.read(Path.of(options.words())), prose, tokenizer);
    }
}
