package org.perk4j.model;

/**
 * A linear layer of a model, to which an adapter may attach.
 *
 * @param name        the layer's module path in Hugging Face's implementation, such as {@code transformer.h.0.attn.c_attn}
 * @param inputs      columns of its input
 * @param outputs     columns of its output
 * @param inputsFirst whether Hugging Face keeps its weight as inputs×outputs, as in GPT-2, rather than outputs×inputs
 */
public record Site(String name, int inputs, int outputs, boolean inputsFirst) {

    /** A site whose weight is kept as outputs×inputs. */
    public Site(String name, int inputs, int outputs) {
        this(name, inputs, outputs, false);
    }
}
