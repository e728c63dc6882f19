package org.perk4j.training;

import java.util.List;
import org.perk4j.data.EncodedText;
import org.perk4j.data.Episode;
import org.perk4j.data.TaskSource;
import org.perk4j.inference.EpisodeEncoder;

/** A task's episodes as sequences. */
final class EpisodeSequences implements SequenceSource {

    private final TaskSource task;
    private final EpisodeEncoder encoder;
    private final PretrainJob.Learn learn;
    private final int positions;
    private final Order order;

    /** @param task a task with at least one training episode */
    EpisodeSequences(TaskSource task, EpisodeEncoder encoder, PretrainJob.Learn learn, int positions, long seed) {
        this.task = task;
        this.encoder = encoder;
        this.learn = learn;
        this.positions = positions;
        this.order = new Order(task.episodes(TaskSource.Split.TRAIN), seed);
    }

    @Override
    public List<Sequence> training(long n) {
        return sequences(task.episode(TaskSource.Split.TRAIN, order.number(n)), n);
    }

    @Override
    public List<Sequence> validation(long n) {
        return sequences(validationEpisode(n), n);
    }

    @Override
    public long validations() {
        return task.episodes(TaskSource.Split.VALIDATION).orElse(Long.MAX_VALUE);
    }

    /** @param n below {@link #validations} */
    Episode validationEpisode(long n) {
        return task.episode(TaskSource.Split.VALIDATION, n);
    }

    /** @return whether its questions can be asked after the documents */
    boolean answers() {
        return learn != PretrainJob.Learn.DOCUMENTS;
    }

    private List<Sequence> sequences(Episode episode, long key) {
        return switch (learn) {
            case ANSWERS -> List.of(fitting(encoder.sequence(episode)));
            case EVERYTHING -> List.of(fitting(encoder.sequence(episode).stream()
                    .map(text -> new EncodedText(text.tokens(), 0)).toList()));
            case DOCUMENTS -> encoder.shuffled(episode, key).segments().stream()
                    .map(text -> Sequence.of(List.of(text))).toList();
        };
    }

    private Sequence fitting(List<EncodedText> texts) {
        Sequence sequence = Sequence.of(texts);
        if (sequence.length() > positions) {
            throw new IllegalArgumentException("an episode of the task takes " + sequence.length()
                    + " tokens with its questions, but the model reads only " + positions
                    + ": make the task's episodes smaller, or the model's n_positions larger");
        }
        return sequence;
    }
}
