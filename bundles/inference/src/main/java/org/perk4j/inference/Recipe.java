package org.perk4j.inference;

import org.perk4j.adapter.Adapter;
import org.perk4j.adapter.AdapterType;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.backend.Compute;
import org.perk4j.formats.Json;
import org.perk4j.formats.Options;
import org.perk4j.formats.PluginChoice;
import org.perk4j.memory.Memory;
import org.perk4j.meta.Learner;
import org.perk4j.meta.MetaObjective;
import org.perk4j.meta.ObjectiveType;
import org.perk4j.model.Model;
import org.perk4j.model.Parameters;
import org.perk4j.optimizer.InnerOptimizer;
import org.perk4j.optimizer.OptimizerType;
import org.perk4j.plugin.Lease;
import org.perk4j.plugin.MissingPluginException;
import org.perk4j.plugin.Option;
import org.perk4j.plugin.Plugins;

/**
 * The plugins that encode contexts. They are the same in training and when a context is encoded.
 *
 * @param adapter   the adapter that contexts are encoded into
 * @param optimizer the optimizer of the inner loop
 * @param objective the objective of meta-training
 */
public record Recipe(PluginChoice adapter, PluginChoice optimizer, PluginChoice objective) {

    /**
     * Instances of the plugins, created before weights are read, so that mistakes in a recipe are found early.
     *
     * @param adapter   the adapter that contexts are encoded into
     * @param optimizer the optimizer of the inner loop
     * @param objective the objective of meta-training
     */
    public record Parts(Adapter adapter, InnerOptimizer optimizer, MetaObjective objective) {

        /** @param weights the weights of the model, on {@code compute} */
        public Learner learner(Compute compute, Autodiff autodiff, Model model, Parameters weights) {
            return new Learner(compute, autodiff, model, weights, adapter, optimizer);
        }
    }

    /**
     * @param model  the model to adapt
     * @param leases receives the plugins' leases; close it when the parts are no longer needed
     * @throws IllegalArgumentException naming the key, if a plugin is not installed or an option is wrong
     */
    public Parts open(Model model, Plugins plugins, Leases leases) {
        return new Parts(adapter(adapter, model, plugins, leases),
                optimizer(leases.plugin(plugins, OptimizerType.class, optimizer.type())),
                objective(leases.plugin(plugins, ObjectiveType.class, objective.type())));
    }

    /**
     * The bundles of a recipe's plugins, with their versions.
     *
     * @param adapter   such as {@code org.perk4j.adapter.lora 0.1.0}; empty if unknown
     * @param optimizer likewise
     * @param objective likewise
     */
    public record Origins(
            @Option(help = "bundle and version of the adapter's plugin", value = "") String adapter,
            @Option(help = "of the optimizer's", value = "") String optimizer,
            @Option(help = "of the objective's", value = "") String objective) {
    }

    /** @return the bundles of the plugins that were {@linkplain #open opened} with these leases */
    public Origins origins(Leases leases) {
        return new Origins(leases.bundle(AdapterType.class, adapter.type()),
                leases.bundle(OptimizerType.class, optimizer.type()), leases.bundle(ObjectiveType.class, objective.type()));
    }

    /** @return the adapter alone, which suffices for answering */
    static Adapter adapter(PluginChoice choice, Model model, Plugins plugins, Leases leases) {
        return adapter(leases.plugin(plugins, AdapterType.class, choice.type()), choice, model);
    }

    /**
     * @return an adapter that PEFT saved, made by the first plugin that knows its type
     * @throws IllegalArgumentException beginning with a key of its configuration, if no plugin supports it
     */
    static Adapter ofPeft(Memory memory, Model model, Plugins plugins, Leases leases) {
        for (String type : plugins.types(AdapterType.class)) {
            boolean makesIt;
            try (Lease<AdapterType> asked = plugins.lease(AdapterType.class, type)) {
                makesIt = asked.get().ofPeft(memory.configuration()).isPresent();
            }
            if (makesIt) {
                return ofPeft(leases.plugin(plugins, AdapterType.class, type), memory, model);
            }
        }
        Object peftType = memory.configuration().get("peft_type");
        throw new MissingPluginException("adapter", String.valueOf(peftType),
                "peft_type: " + Json.writeLine(peftType) + ": no installed plugin makes such an adapter");
    }

    private static <O extends Record> Adapter ofPeft(AdapterType<O> type, Memory memory, Model model) {
        return type.create(type.ofPeft(memory.configuration()).orElseThrow(), model);
    }

    private static <O extends Record> Adapter adapter(AdapterType<O> type, PluginChoice choice, Model model) {
        return type.create(Options.bind(choice, type.options()), model);
    }

    private <O extends Record> InnerOptimizer optimizer(OptimizerType<O> type) {
        return type.create(Options.bind(optimizer, type.options()));
    }

    private <O extends Record> MetaObjective objective(ObjectiveType<O> type) {
        return type.create(Options.bind(objective, type.options()));
    }
}
