package org.perk4j.inference;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.perk4j.data.Draw;
import org.perk4j.data.EncodedEpisode;
import org.perk4j.data.EncodedText;
import org.perk4j.data.Episode;
import org.perk4j.data.Question;
import org.perk4j.data.Tokenizer;

/** Encodes texts into a model's tokens. Thread-safe. */
public final class EpisodeEncoder {

    private static final int LONGEST_NUMBER = 99_999;

    private final Tokenizer tokenizer;
    private final Prompts prompts;
    private final int positions;
    private final Segmenter segmenter;

    /**
     * Makes an encoder that doesn't cut the pieces of a context, unless the model can't read them.
     *
     * @param positions the longest sequence that the model reads, in tokens
     */
    public EpisodeEncoder(Tokenizer tokenizer, Prompts prompts, int positions) {
        this(tokenizer, prompts, positions, new Segmentation(Unit.PACKED, positions, positions, positions));
    }

    /**
     * Makes an encoder that cuts texts, and each piece of a context, into segments.
     *
     * @param positions    the longest sequence that the model reads, in tokens
     * @param segmentation how to cut; no segment is longer than the model reads
     */
    public EpisodeEncoder(Tokenizer tokenizer, Prompts prompts, int positions, Segmentation segmentation) {
        this.tokenizer = tokenizer;
        this.prompts = prompts;
        this.positions = positions;
        this.segmenter = new Segmenter(tokenizer, readable(segmentation));
    }

    /** @return the same segmentation, limited to segments that the model can read as documents */
    public Segmentation readable(Segmentation segmentation) {
        int around = begun(prompts.documentPrefix(LONGEST_NUMBER)).length + 1;
        return segmentation.within(Math.max(Segmenter.LEAST, positions - around));
    }

    /** @return an episode for training: its documents have shuffled numbers, always the same for the same key */
    public EncodedEpisode shuffled(Episode episode, long key) {
        List<Segment> segments = segments(episode.segments());
        return encode(episode, segments, shuffledNumbers(segments.size(), key), key);
    }

    /** @return an episode with its documents numbered in order */
    public EncodedEpisode ordered(Episode episode, long key) {
        List<Segment> segments = segments(episode.segments());
        return encode(episode, segments, IntStream.rangeClosed(1, segments.size()).toArray(), key);
    }

    private EncodedEpisode encode(Episode episode, List<Segment> segments, int[] numbers, long key) {
        List<EncodedText> documents = IntStream.range(0, numbers.length)
                .mapToObj(i -> document(numbers[i], segments.get(i))).toList();
        List<EncodedText> answers = episode.questions().stream()
                .map(question -> answered(begun(prompts.question(numbers.length, question.text())), question))
                .toList();
        return new EncodedEpisode(key, documents, answers);
    }

    /**
     * @return the segments of a text
     * @throws IllegalArgumentException if the text is blank
     */
    public List<Segment> segments(String text) {
        return segmenter.split(text);
    }

    /**
     * @param pieces the pieces of a context that a task keeps apart; blank ones are left out
     * @return the segments of all pieces
     */
    public List<Segment> segments(List<String> pieces) {
        return pieces.stream().filter(piece -> !piece.isBlank()).flatMap(piece -> segmenter.split(piece).stream()).toList();
    }

    /** @return the segments as documents to encode, numbered in order */
    public List<EncodedText> documents(List<Segment> segments) {
        return IntStream.range(0, segments.size()).mapToObj(i -> document(i + 1, segments.get(i))).toList();
    }

    /** @return the prompt for a question about this number of encoded documents */
    public int[] question(int documents, String question) {
        return checked(begun(prompts.question(documents, question)), question);
    }

    /** @return the documents as the beginning of prompts */
    public int[] context(List<String> documents) {
        return begun(prompts.context(documents));
    }

    /**
     * @param context the result of {@link #context}, computed once for all questions, as it may be long
     * @return the prompt for a question after the documents
     * @throws PromptTooLongException if the model doesn't read that many tokens
     */
    public int[] questionInContext(int[] context, String question) {
        return checked(joined(context, tokenizer.encode(prompts.followingQuestion(question))), question);
    }

    /** @return the prompt for another question, after the answer to the one before */
    public int[] questionAfter(int[] prompt, String answer, String question) {
        return checked(joined(prompt, tokenizer.encode(" " + answer.strip() + prompts.followingQuestion(question))),
                question);
    }

    /** @return the prompt for a question without documents */
    public int[] questionWithoutContext(String question) {
        return checked(begun(prompts.withoutContext(question)), question);
    }

    /**
     * @return an episode as one sequence, in pieces: the documents, unscored, then each question with its scored answer.
     *         It may be longer than the model reads.
     */
    public List<EncodedText> sequence(Episode episode) {
        List<EncodedText> pieces = new ArrayList<>();
        int[] context = context(episode.segments());
        pieces.add(new EncodedText(context, context.length));
        for (Question question : episode.questions()) {
            pieces.add(answered(tokenizer.encode(prompts.followingQuestion(question.text())), question));
        }
        return pieces;
    }

    private EncodedText document(int number, Segment segment) {
        int[] prefix = begun(prompts.documentPrefix(number));
        return new EncodedText(ended(joined(prefix, segment.tokens())), prefix.length);
    }

    private EncodedText answered(int[] asked, Question question) {
        int[] tokens = ended(joined(asked, tokenizer.encode(prompts.answer(question))));
        return new EncodedText(checked(tokens, question.text()), asked.length);
    }

    private int[] checked(int[] tokens, String question) {
        if (tokens.length > positions) {
            String start = question.length() <= 60 ? question : question.substring(0, 60) + "…";
            throw new PromptTooLongException("the question \"" + start + "\" takes " + tokens.length
                    + " tokens with its prompt and answer, but the model reads at most " + positions
                    + ": shorten it, or use a model that reads more");
        }
        return tokens;
    }

    /** @return the tokens of a text at the beginning of a sequence, where some models need a token of their own */
    public int[] begun(String text) {
        return joined(tokenizer.beginOfText(), tokenizer.encode(text));
    }

    private int[] ended(int[] tokens) {
        return joined(tokens, new int[] {tokenizer.endOfText()});
    }

    private static int[] joined(int[] first, int[] second) {
        return IntStream.concat(IntStream.of(first), IntStream.of(second)).toArray();
    }

    private static int[] shuffledNumbers(int count, long key) {
        return Draw.shuffled(IntStream.rangeClosed(1, count).boxed().toList(), new SplittableRandom(key)).stream()
                .mapToInt(Integer::intValue).toArray();
    }
}
