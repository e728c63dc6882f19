package org.perk4j.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.perk4j.tensor.Tensor;

/**
 * Named tensors in a fixed order: the weights of a model, the state of an adapter, what meta-training learns. Immutable;
 * does not own the tensors.
 */
public final class Parameters {

    private final List<String> names;
    private final List<Tensor> tensors;
    private final Map<String, Integer> index;

    /** @throws IllegalArgumentException if a name occurs twice or the lists differ in length */
    public Parameters(List<String> names, List<Tensor> tensors) {
        this(List.copyOf(names), List.copyOf(tensors), new HashMap<>());
        for (int i = 0; i < names.size(); i++) {
            if (index.put(names.get(i), i) != null) {
                throw new IllegalArgumentException("parameter " + names.get(i) + " occurs twice");
            }
        }
    }

    private Parameters(List<String> names, List<Tensor> tensors, Map<String, Integer> index) {
        if (names.size() != tensors.size()) {
            throw new IllegalArgumentException(names.size() + " names for " + tensors.size() + " tensors");
        }
        this.names = names;
        this.tensors = tensors;
        this.index = index;
    }

    /** @return the names, in order */
    public List<String> names() {
        return names;
    }

    /** @return the tensors, in the order of the names */
    public List<Tensor> tensors() {
        return tensors;
    }

    /** @return the number of parameters */
    public int size() {
        return names.size();
    }

    /** @return whether there is such a parameter */
    public boolean has(String name) {
        return index.containsKey(name);
    }

    /** @throws IllegalArgumentException if there is no such parameter */
    public Tensor get(String name) {
        Integer i = index.get(name);
        if (i == null) {
            throw new IllegalArgumentException("no parameter " + name);
        }
        return tensors.get(i);
    }

    /** @return the same names with other tensors */
    public Parameters with(List<Tensor> replacements) {
        return new Parameters(names, List.copyOf(replacements), index);
    }

    /**
     * @return the same with those of {@code others} in the places of their names
     * @throws IllegalArgumentException if {@code others} has a name that is not among these
     */
    public Parameters replacing(Parameters others) {
        List<Tensor> replaced = new ArrayList<>(tensors);
        for (int i = 0; i < others.size(); i++) {
            get(others.names.get(i));
            replaced.set(index.get(others.names.get(i)), others.tensors.get(i));
        }
        return with(replaced);
    }

    /** @return the parameters whose names start with {@code prefix}, the prefix taken off */
    public Parameters under(String prefix) {
        List<String> chosen = new ArrayList<>();
        List<Tensor> values = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            if (names.get(i).startsWith(prefix)) {
                chosen.add(names.get(i).substring(prefix.length()));
                values.add(tensors.get(i));
            }
        }
        return new Parameters(chosen, values);
    }
}
