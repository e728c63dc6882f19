package org.perk4j.service;

import java.util.Locale;
import org.perk4j.evaluation.EvaluateJob;
import org.perk4j.training.PretrainJob;
import org.perk4j.training.TrainJob;

/** What a job does. Except for encodings, its document is what the command of that name reads. */
enum JobKind {
    /** Makes a memory of a text. */
    ENCODE(EncodeJob.class),
    /** Meta-trains an adapter. */
    TRAIN(TrainJob.class),
    /** Trains all weights of a model. */
    PRETRAIN(PretrainJob.class),
    /** Asks questions, and counts the right answers. */
    EVALUATE(EvaluateJob.class);

    private final Class<? extends Record> document;

    JobKind(Class<? extends Record> document) {
        this.document = document;
    }

    /** @return the record that says which keys the document has */
    Class<? extends Record> document() {
        return document;
    }

    /** @return its name in JSON */
    String key() {
        return name().toLowerCase(Locale.ROOT);
    }
}
