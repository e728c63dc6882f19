package org.perk4j.evaluation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.perk4j.data.EncodedText;
import org.perk4j.data.Episode;
import org.perk4j.data.Question;
import org.perk4j.formats.AtomicFiles;
import org.perk4j.inference.EpisodeEncoder;
import org.perk4j.inference.MemoryModel;
import org.perk4j.inference.OpenBase;
import org.perk4j.inference.Segmenter;
import org.perk4j.memory.Memory;
import org.perk4j.memory.MemoryStore;

/**
 * Answers from memories that contexts are written into.
 *
 * @param asking makes the prompts; empty to ask as adapters are trained to be asked
 */
record FromMemory(Method method, OpenBase model, OpenBase.Writer writer, int batch, Optional<Prompting> asking)
        implements Answering {

    @Override
    public Asked about(Episode episode) {
        EpisodeEncoder encoder = writer.encoder();
        List<EncodedText> documents = encoder.documents(encoder.segments(episode.segments()));
        OpenBase.Written written = writer.write(documents);
        return new Asked(asking.map(prompting -> prompting.prompts(episode)).orElseGet(() -> episode.questions().stream()
                .map(question -> encoder.question(documents.size(), question.text())).toList()),
                written.recollection(), written.encoding().problem());
    }

    @Override
    public void close() {
        try (model) {
            writer.close();
        }
    }

    /**
     * The same by the way of a user's text: a file that is encoded into a memory on disk, which is loaded and asked.
     *
     * @param folder deleted at the end
     */
    record ThroughFiles(FromMemory direct, MemoryStore store, Path folder) implements Answering {

        @Override
        public Method method() {
            return direct.method;
        }

        @Override
        public OpenBase model() {
            return direct.model;
        }

        @Override
        public int batch() {
            return direct.batch;
        }

        @Override
        public Asked about(Episode episode) throws IOException {
            Path text = folder.resolve("text.txt");
            Path memory = folder.resolve("memory");
            AtomicFiles.writeString(text, episode.text());
            try (MemoryStore.Place place = store.reserve(memory, true)) {
                MemoryModel.Remembered written = direct.writer.remember(Segmenter.read(text), text.toString(),
                        direct.writer.encoder(), (passes, total) -> { });
                written.encoding().requireFinite();
                place.write(written.memory());
                Memory read = store.read(memory);
                return new Asked(episode.questions().stream().map(Question::text)
                        .map(question -> model().base().question(read, question)).toList(),
                        model().recall(read), written.encoding().problem());
            }
        }

        @Override
        public void close() throws IOException {
            try (direct) {
                AtomicFiles.deleteTree(folder);
            }
        }
    }
}
