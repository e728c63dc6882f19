package org.perk4j.inference;

import java.util.AbstractMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.perk4j.formats.Spelling;

/**
 * What is said of a model, with a note of the keys that the model looked up. A {@code config.json} may have keys that a
 * model ignores, as they are for other programs; so one that it ignores is refused only if it looks like one that it missed.
 */
final class LookedUpKeys extends AbstractMap<String, Object> {

    private final Map<String, Object> values;
    private final Set<String> found = new TreeSet<>();
    private final Set<String> missed = new TreeSet<>();

    LookedUpKeys(Map<String, Object> values) {
        this.values = values;
    }

    @Override
    public Object get(Object key) {
        note(key);
        return values.get(key);
    }

    @Override
    public boolean containsKey(Object key) {
        note(key);
        return values.containsKey(key);
    }

    private void note(Object key) {
        (values.containsKey(key) ? found : missed).add(key.toString());
    }

    @Override
    public Set<Entry<String, Object>> entrySet() {
        return values.entrySet();
    }

    /** @throws IllegalArgumentException naming a key that the model ignores, and the one that was probably meant */
    void requireNoneMisspelt() {
        for (String key : values.keySet()) {
            if (!found.contains(key)) {
                Spelling.nearest(key, missed).ifPresent(meant -> {
                    throw new IllegalArgumentException("model." + key + ": unknown key: did you mean \"" + meant + "\"?");
                });
            }
        }
    }
}
