package org.perk4j.tck;

import java.util.Optional;
import java.util.Set;
import org.osgi.annotation.versioning.ConsumerType;
import org.perk4j.data.ChatFormat;
import org.perk4j.data.Tokenizer;

/** Does as another tokenizer does: what a test overrides it sees, counts or changes. */
@ConsumerType
public class ForwardingTokenizer implements Tokenizer {

    private final Tokenizer other;

    /** @param other the one that does it all; closed with this */
    public ForwardingTokenizer(Tokenizer other) {
        this.other = other;
    }

    @Override
    public int[] encode(String text) {
        return other.encode(text);
    }

    @Override
    public int[] encodeWithSpecial(String text) {
        return other.encodeWithSpecial(text);
    }

    @Override
    public Set<String> special() {
        return other.special();
    }

    @Override
    public Optional<ChatFormat> chatFormat() {
        return other.chatFormat();
    }

    @Override
    public String decode(int... tokens) {
        return other.decode(tokens);
    }

    @Override
    public int vocabulary() {
        return other.vocabulary();
    }

    @Override
    public int[] beginOfText() {
        return other.beginOfText();
    }

    @Override
    public int endOfText() {
        return other.endOfText();
    }

    @Override
    public Set<Integer> endsOfAnswer() {
        return other.endsOfAnswer();
    }

    @Override
    public void close() {
        other.close();
    }
}
