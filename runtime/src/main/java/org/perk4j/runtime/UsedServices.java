package org.perk4j.runtime;

import java.lang.reflect.Field;
import java.util.Map;
import org.apache.felix.framework.Felix;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.SynchronousBundleListener;
import org.slf4j.LoggerFactory;

/**
 * Lets go of bundles that were uninstalled. Felix notes which services a bundle uses, and keeps that note after the bundle
 * has given them all back, so that a process would hold what describes each bundle that it ever had: all entries of its jar,
 * among other things. As of Felix 7.0.5 there is no other way to that note than reflection.
 */
final class UsedServices {

    private UsedServices() {
    }

    /** Begins to let go of them, for as long as the framework runs. */
    static void ofUninstalledBundlesAreForgotten(Felix framework) {
        try {
            Map<?, ?> uses = (Map<?, ?>) value(value(framework, "m_registry"), "m_inUseMap");
            SynchronousBundleListener forgets = event -> {
                if (event.getType() == BundleEvent.UNINSTALLED) {
                    uses.remove(event.getBundle());
                }
            };
            framework.getBundleContext().addBundleListener(forgets);
        } catch (ReflectiveOperationException | ClassCastException e) {
            // Another release of Felix on a program's class path: all works as well, with more memory.
            LoggerFactory.getLogger(UsedServices.class).debug("What describes an uninstalled bundle stays in memory", e);
        }
    }

    private static Object value(Object of, String name) throws ReflectiveOperationException {
        Field field = of.getClass().getDeclaredField(name);
        field.setAccessible(true);
        return field.get(of);
    }
}
