package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.wiring.BundleWiring;
import org.perk4j.data.Tokenizer;
import org.perk4j.data.TokenizerFormat;
import org.perk4j.plugin.NoOptions;

/** The tokenizer's native library in a running framework: started, stopped, updated, and used again each time. */
class TokenizerLifecycleIT {

    private static final String TEXT = "Student Id: 3109998, Student Name: Zoë Keith";

    @TempDir
    private Path storage;

    @Test
    void tokenizesAfterEachStopUpdateAndRestart() throws Exception {
        try (Container container = new Container(storage)) {
            Bundle tokenizer = container.bundle("org.perk4j.tokenizer.huggingface");
            String tokens = tokens(container);

            tokenizer.stop();
            tokenizer.start();
            assertEquals(tokens, tokens(container), "restarted");

            for (int update = 1; update <= 3; update++) {
                ClassLoader before = loader(tokenizer);
                container.update(tokenizer);
                assertNotSame(before, loader(tokenizer));
                assertEquals(tokens, tokens(container), "update " + update);
            }
        }
    }

    private static ClassLoader loader(Bundle bundle) {
        return bundle.adapt(BundleWiring.class).getClassLoader();
    }

    @SuppressWarnings("unchecked")
    private static String tokens(Container container) throws Exception {
        String found = ((UnaryOperator<String>) container.inside(RoundTrip.class, UnaryOperator.class)).apply(TEXT);
        assertEquals(TEXT, found.substring(0, TEXT.length()), "decoded again");
        return found;
    }

    /** Runs inside: the text as it is decoded from its tokens, and these. */
    static final class RoundTrip implements UnaryOperator<String> {

        @Override
        public String apply(String text) {
            BundleContext context = FrameworkUtil.getBundle(RoundTrip.class).getBundleContext();
            ServiceReference<TokenizerFormat> reference = context.getServiceReference(TokenizerFormat.class);
            try (Tokenizer tokenizer = context.getService(reference)
                    .open(Path.of(System.getProperty("perk.installation"), "quickstart/base"), new NoOptions())) {
                int[] tokens = tokenizer.encode(text);
                return tokenizer.decode(tokens) + Arrays.toString(tokens);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } finally {
                context.ungetService(reference);
            }
        }
    }
}
