package org.perk4j.langchain4j;

import dev.langchain4j.data.document.Metadata;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.rag.content.Content;
import dev.langchain4j.rag.content.ContentMetadata;
import dev.langchain4j.rag.content.retriever.ContentRetriever;
import dev.langchain4j.rag.query.Query;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.perk4j.embedded.Answer;
import org.perk4j.embedded.Base;
import org.perk4j.memory.Memory;

/**
 * Chooses among memories: asks each of them, and returns the answers with the highest probabilities. Each content is an
 * answer, with the name of its memory as {@value #MEMORY} and the geometric mean of its tokens' probabilities as score.
 * Thread-safe.
 */
public final class MemoryContentRetriever implements ContentRetriever {

    /** The metadata key of the memory's name. */
    public static final String MEMORY = "memory";

    private final Base base;
    private final Map<String, Memory> memories;
    private final int most;

    /**
     * @param base     the caller's, to be closed after the last answer
     * @param memories memories that were encoded with this base, by name
     * @param most     the most contents to return
     */
    public MemoryContentRetriever(Base base, Map<String, Memory> memories, int most) {
        this.base = base;
        this.memories = Map.copyOf(memories);
        this.most = most;
    }

    @Override
    public List<Content> retrieve(Query query) {
        List<Content> contents = new ArrayList<>();
        memories.forEach((name, memory) -> contents.add(content(name, memory, query.text())));
        contents.sort(Comparator.comparing((Content content) -> (Double) content.metadata().get(ContentMetadata.SCORE))
                .reversed());
        return List.copyOf(contents.subList(0, Math.min(most, contents.size())));
    }

    private Content content(String name, Memory memory, String question) {
        try {
            Answer answer = base.answer(org.perk4j.embedded.Query.of(memory, question));
            return Content.from(TextSegment.from(answer.text().isBlank() ? "(nothing)" : answer.text(),
                    Metadata.from(MEMORY, name)), Map.of(ContentMetadata.SCORE, answer.probability()));
        } catch (IOException | IllegalArgumentException e) {
            throw new InvalidRequestException(e.getMessage(), e);
        }
    }
}
