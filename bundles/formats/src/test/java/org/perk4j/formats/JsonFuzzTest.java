package org.perk4j.formats;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.perk4j.plugin.Option;

/** Runs on its recorded inputs; on new ones with {@code JAZZER_FUZZ=1}. */
class JsonFuzzTest {

    enum Kind { ONE, TWO }

    record Inner(@Option(help = "n", value = "1") int n, @Option(help = "kind", value = "one") Kind kind) {
    }

    record Job(@Option(help = "rate", value = "0.5") double rate, @Option(help = "names", value = "[]") List<String> names,
            @Option(help = "inner", value = "{}") Inner inner, @Option(help = "plugin", value = "sgd") PluginChoice plugin) {
    }

    @FuzzTest(maxDuration = "2m")
    void anyText(FuzzedDataProvider data) throws IOException {
        String text = data.consumeRemainingAsString();
        JsonValue value;
        try {
            value = JsonText.parse(null, text);
        } catch (FileFormatException refused) {
            return;
        }
        if (!Objects.equals(JsonText.parse(null, Json.write(value)).plain(), value.plain())) {
            throw new AssertionError("reads differently once written: " + text);
        }
        try {
            Options.bind(value, Job.class);
        } catch (IllegalArgumentException refused) {
            // what is wrong with it is said in the message
        }
    }
}
