package com.example.shelves;

import org.osgi.service.component.annotations.Component;
import org.perk4j.data.TaskSource;
import org.perk4j.data.TaskType;
import org.perk4j.data.Tokenizer;
import org.perk4j.plugin.Provides;

/** What jobs pick by {@code "task": {"type": "shelves"}}. One instance for all who use it: it holds no state. */
@Component
@Provides(kind = "task", type = "shelves")
public final class Shelves implements TaskType<ShelvesOptions> {

    @Override
    public Class<ShelvesOptions> options() {
        return ShelvesOptions.class;
    }

    @Override
    public TaskSource create(ShelvesOptions options, Tokenizer tokenizer) {
        return new ShelvesSource(options);
    }
}
