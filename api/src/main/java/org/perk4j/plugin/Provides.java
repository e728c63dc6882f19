package org.perk4j.plugin;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.osgi.annotation.bundle.Attribute;
import org.osgi.annotation.bundle.Capability;
import org.osgi.service.component.annotations.ComponentPropertyType;

/**
 * Names a plugin, on the class that publishes it:
 *
 * <pre>
 * &#64;Component
 * &#64;Provides(kind = "adapter", type = "lora")
 * public final class Lora implements AdapterType&lt;LoraOptions&gt; {
 * </pre>
 *
 * <p>From this bnd writes both what the bundle announces in its manifest, a capability in the namespace
 * {@value Plugin#NAMESPACE}, and the service property {@value Plugin#TYPE} of the component.
 */
@Capability(namespace = Plugin.NAMESPACE)
@ComponentPropertyType
@Retention(RetentionPolicy.CLASS)
@Target(ElementType.TYPE)
public @interface Provides {

    /**
     * @return {@code adapter}, {@code optimizer}, {@code objective}, {@code task}, {@code model}, {@code backend} or
     *         {@code tokenizer}
     */
    @Attribute
    String kind();

    /** @return the type by which a job picks it */
    @Attribute
    String type();
}
