package org.perk4j.inference;

import java.util.AbstractMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.perk4j.formats.Spelling;

/**
 * A model's configuration, which records the keys that the model looks up. A {@code config.json} may have keys for other
 * programs, so a key that the model ignores is refused only if it is similar to one that the model looked up and missed.
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

    /** @throws IllegalArgumentException naming an ignored key and the one that was probably meant */
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
