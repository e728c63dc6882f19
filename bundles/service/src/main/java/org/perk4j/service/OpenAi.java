package org.perk4j.service;

import java.util.List;
import java.util.Map;
import org.perk4j.inference.OpenBase;

/** The bodies of responses of OpenAI's API. */
final class OpenAi {

    private OpenAi() {
    }

    /** @return why an answer ended */
    static String finish(OpenBase.Answer.End end) {
        return end == OpenBase.Answer.End.LIMIT ? "length" : "stop";
    }

    record Model(String id, String object, long created, String owned_by) {
    }

    record Models(String object, List<Model> data) {
    }

    record Usage(int prompt_tokens, int completion_tokens, int total_tokens) {

        static Usage of(Completion.Written written) {
            return new Usage(written.promptTokens(), written.tokens(), written.promptTokens() + written.tokens());
        }
    }

    /** @param choices one choice; none in the event that reports the usage */
    record Response(String id, String object, long created, String model, List<Map<String, Object>> choices, Usage usage) {
    }
}
