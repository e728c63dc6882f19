package org.perk4j.inference;

import java.util.Arrays;
import java.util.Set;
import java.util.function.IntSupplier;
import org.perk4j.meta.NotFiniteException;
import org.perk4j.model.Adaptation;
import org.perk4j.model.VirtualTokens;

/** A prompt that a {@link DecodeBatch} continues. For use between steps, by the thread that takes them. */
public final class Sequence {

    private final Adaptation adaptation;
    private final TokenChoice choice;
    private final int number;
    /** The virtual tokens of its adaptation as -1, the prompt, then the generated tokens; as long as these may become. */
    private final int[] tokens;
    private final int virtual;
    private final int prompt;
    private int length;
    private int read;
    private int start;
    private boolean open = true;
    private boolean complete;
    private NotFiniteException failure;
    private boolean keepsProbability;
    private int choices;
    private double logProbability;

    /**
     * @param number    the number of the prompt among those that are sampled with the same seed
     * @param positions the longest sequence that the model reads
     */
    Sequence(int[] prompt, Adaptation adaptation, Decoding decoding, int number, int positions) {
        this.virtual = adaptation.virtualTokens().map(VirtualTokens::count).orElse(0);
        if (prompt.length == 0 || prompt.length > positions - virtual) {
            throw new IllegalArgumentException("a prompt of " + prompt.length + " tokens: the model reads between 1 and "
                    + (positions - virtual) + (virtual == 0 ? "" : " after " + virtual + " virtual ones"));
        }
        this.adaptation = adaptation;
        this.choice = new TokenChoice(decoding);
        this.number = number;
        this.prompt = virtual + prompt.length;
        this.tokens = new int[(int) Math.min((long) this.prompt + decoding.limit(), positions + 1L)];
        Arrays.fill(tokens, 0, virtual, -1);
        System.arraycopy(prompt, 0, tokens, virtual, prompt.length);
        this.length = this.prompt;
    }

    /** @return whether it continues: it has neither ended nor left its batch */
    public boolean isOpen() {
        return open;
    }

    /** @return whether the model ended it; otherwise it reached its limit, or the model's longest sequence */
    public boolean isComplete() {
        return complete;
    }

    /**
     * @return the tokens generated so far, without the one that ends it
     * @throws NotFiniteException if no token could be chosen
     */
    public int[] written() {
        if (failure != null) {
            throw failure;
        }
        return Arrays.copyOfRange(tokens, prompt, length);
    }

    /**
     * @return the geometric mean of the probabilities that the model gave the generated tokens, including the one that ends
     *         the answer, as a measure of its confidence; 0 if there are none, or without {@link #keepProbability}
     */
    public double probability() {
        return choices == 0 ? 0 : Math.exp(logProbability / choices);
    }

    /** Computes {@link #probability} from here on, which takes a pass over the vocabulary's logits per token. */
    void keepProbability() {
        keepsProbability = true;
    }

    Adaptation adaptation() {
        return adaptation;
    }

    /** @return the number of virtual tokens at its beginning */
    int virtual() {
        return virtual;
    }

    /** @return whether its virtual tokens are not in the cache yet */
    boolean mustBegin() {
        return read < virtual;
    }

    /** @return the most rows of a cache that it may need: the last token is never read */
    int capacity() {
        return tokens.length - 1;
    }

    /** @return the number of its tokens that are in the cache */
    int read() {
        return read;
    }

    /** @return the number of its tokens that aren't in the cache yet */
    int unread() {
        return length - read;
    }

    /** @return its first row in the cache */
    int start() {
        return start;
    }

    /** Records that the first {@code read} tokens are in the cache, from row {@code start} on. */
    void place(int start, int read) {
        this.start = start;
        this.read = read;
    }

    /** @return the next {@code count} tokens to read */
    int[] next(int count) {
        return Arrays.copyOfRange(tokens, read, read + count);
    }

    /** Records that {@code count} more tokens are in the cache. */
    void readOn(int count) {
        read += count;
    }

    /** @return how many first tokens the prompt shares with the other; never all, since the last one's logits are needed */
    int commonStart(Sequence other) {
        int different = Arrays.mismatch(tokens, 0, prompt - 1, other.tokens, 0, other.length);
        return different < 0 ? prompt - 1 : different;
    }

    /** @return whether {@link #writeLargest} suffices: nothing but the largest score matters */
    boolean isGreedy() {
        return choice.isGreedy() && !keepsProbability;
    }

    /** Appends the next token, or ends. */
    void write(float[] scores, Set<Integer> ends) {
        write(ends, () -> {
            int token = choice.choose(scores, number, Arrays.copyOfRange(tokens, virtual, length), prompt - virtual);
            if (keepsProbability) {
                choices++;
                logProbability += TokenChoice.logProbability(scores, token);
            }
            return token;
        });
    }

    /** Appends the token with the largest score, or ends. */
    void writeLargest(int token, Set<Integer> ends) {
        write(ends, () -> TokenChoice.requireOrdered(token));
    }

    private void write(Set<Integer> ends, IntSupplier next) {
        try {
            int token = next.getAsInt();
            if (ends.contains(token)) {
                complete = true;
                open = false;
                return;
            }
            tokens[length++] = token;
            open = length < tokens.length;
        } catch (NotFiniteException e) {
            failure = e;
            open = false;
        }
    }

    boolean hasFailed() {
        return failure != null;
    }

    void leave() {
        open = false;
    }
}
