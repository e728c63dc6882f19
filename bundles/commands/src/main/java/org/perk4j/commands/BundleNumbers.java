package org.perk4j.commands;

import org.apache.felix.service.command.Converter;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** Lets Gogo's commands, such as {@code update}, take a bundle's number. Gogo's own shell would, but isn't installed. */
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
        return null; // leave it to other converters
    }
}
