package org.perk4j.commands;

import org.apache.felix.service.command.Converter;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** Lets Gogo's commands take a bundle's number, as {@code update} and {@code headers} do; Gogo's own shell would, which isn't on board. */
@Component
public final class BundleNumbers implements Converter {

    private final BundleContext context;

    /** Called by Declarative Services. */
    @Activate
    public BundleNumbers(BundleContext context) {
        this.context = context;
    }

    @Override
    public Object convert(Class<?> wanted, Object given) {
        return wanted == Bundle.class && given.toString().matches("\\d{1,18}")
                ? context.getBundle(Long.parseLong(given.toString())) : null;
    }

    @Override
    public CharSequence format(Object value, int level, Converter others) {
        return null; // as others do
    }
}
