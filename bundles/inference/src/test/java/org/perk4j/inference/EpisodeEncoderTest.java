package org.perk4j.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.perk4j.data.EncodedEpisode;
import org.perk4j.data.EncodedText;
import org.perk4j.data.Episode;
import org.perk4j.data.Question;
import org.perk4j.tck.ByteTokenizer;
import org.perk4j.tck.ForwardingTokenizer;

class EpisodeEncoderTest {

    private static final int POSITIONS = 120;

    private final ByteTokenizer tokenizer = new ByteTokenizer();
    private final EpisodeEncoder encoder = new EpisodeEncoder(tokenizer, new Prompts(false), POSITIONS);
    private final Question question = new Question("recall", "Who has a dog?", "Bob", List.of("Bob has a dog."), 1);
    private final Episode episode = new Episode(List.of("Ann has a cat.", "Bob has a dog."), List.of(question));

    @Test
    void documentsAreLearnedWithoutTheirNumbers() {
        EncodedEpisode encoded = encoder.ordered(episode, 1);
        assertEquals(List.of("doc_1:| Ann has a cat.$", "doc_2:| Bob has a dog.$"), show(encoded.segments()));
    }

    @Test
    void questionsAreAskedWithoutTheContext() {
        EncodedEpisode encoded = encoder.ordered(episode, 1);
        assertEquals(List.of("You have memorized 2 documents.\nWho has a dog?\nAnswer:| Bob$"), show(encoded.answers()));
        assertEquals("You have memorized 2 documents.\nWho has a dog?\nAnswer:",
                tokenizer.decode(encoder.question(2, question.text())));
        assertEquals("Who has a dog?\nAnswer:", tokenizer.decode(encoder.questionWithoutContext(question.text())));
    }

    @Test
    void everySequenceBeginsAsTheModelExpects() {
        int begin = 'B';
        EpisodeEncoder beginning = new EpisodeEncoder(new ForwardingTokenizer(tokenizer) {
            @Override
            public int[] beginOfText() {
                return new int[] {begin};
            }
        }, new Prompts(false), POSITIONS);
        EncodedEpisode encoded = beginning.ordered(episode, 1);
        assertEquals(List.of("Bdoc_1:| Ann has a cat.$", "Bdoc_2:| Bob has a dog.$"), show(encoded.segments()));
        assertEquals(List.of("BYou have memorized 2 documents.\nWho has a dog?\nAnswer:| Bob$"), show(encoded.answers()));
        assertEquals("BWho has a dog?\nAnswer:", tokenizer.decode(beginning.questionWithoutContext(question.text())));
        assertEquals(List.of("Bdoc_1: Ann has a cat.\ndoc_2: Bob has a dog.|", "\nWho has a dog?\nAnswer:| Bob$"),
                show(beginning.sequence(episode)));
        assertEquals("Bdoc_1: x\nWho?\nAnswer:",
                tokenizer.decode(beginning.questionInContext(beginning.context(List.of("x")), "Who?")));
    }

    @Test
    void answersBeginWithTheirSupportIfAskedTo() {
        Prompts prompts = new Prompts(true);
        assertEquals(" <support>Bob has a dog.</support>\n<output>Bob</output>", prompts.answer(question));
        assertEquals("Bob", Prompts.answerIn(prompts.answer(question)));
        assertEquals("Bob", Prompts.answerIn(" Bob"));
        assertEquals(" Bob", prompts.answer(new Question("recall", "Who?", "Bob", List.of(), 1)));
    }

    @Test
    void inContextFormsOfTrainingAndAskingAgree() {
        List<EncodedText> pieces = encoder.sequence(episode);
        String asked = tokenizer.decode(
                encoder.questionInContext(encoder.context(episode.segments()), question.text()));
        assertEquals("doc_1: Ann has a cat.\ndoc_2: Bob has a dog.\nWho has a dog?\nAnswer:", asked);
        assertEquals(List.of("doc_1: Ann has a cat.\ndoc_2: Bob has a dog.|", "\nWho has a dog?\nAnswer:| Bob$"),
                show(pieces));
    }

    @Test
    void shuffledNumbersDependOnTheKeyAlone() {
        Episode many = new Episode(IntStream.range(0, 30).mapToObj(i -> "x" + i).toList(), List.of(question));
        List<String> once = show(encoder.shuffled(many, 7).segments());
        assertEquals(once, show(encoder.shuffled(many, 7).segments()));
        assertNotEquals(once, show(encoder.shuffled(many, 8).segments()));
        assertEquals(IntStream.rangeClosed(1, 30).boxed().toList(), once.stream()
                .map(text -> Integer.parseInt(text.substring(4, text.indexOf(':')))).sorted().toList());
    }

    @Test
    void aDocumentTooLongForTheModelIsCut() {
        String text = "All work and no play makes Jack a dull boy. ".repeat(10);
        List<EncodedText> documents = encoder.documents(encoder.segments(List.of("short", text)));
        assertTrue(documents.size() > 4);
        assertTrue(documents.stream().allMatch(document -> document.tokens().length <= POSITIONS));
        List<Segment> cut = encoder.segments(text);
        assertEquals(cut.size(), encoder.segments(cut.stream().map(Segment::text).toList()).size(),
                "what it has cut is not cut again");
    }

    @Test
    void blankPiecesOfAContextAreNoDocuments() {
        Episode gappy = new Episode(List.of("Ann has a cat.", " \n", "Bob has a dog."), List.of(question));
        EncodedEpisode encoded = encoder.ordered(gappy, 1);
        assertEquals(List.of("doc_1:| Ann has a cat.$", "doc_2:| Bob has a dog.$"), show(encoded.segments()));
        assertTrue(show(encoded.answers()).get(0).startsWith("You have memorized 2 documents.\n"));
    }

    @Test
    void aTextAndTheTasksPiecesOfItBecomeTheSameDocuments() {
        List<String> pieces = List.of("Id: 1, Name: Mrs. Ann Lee, Year: 3", "Id: 2, Name: Dr. Bo Wu, Year: 1");
        EpisodeEncoder trained = new EpisodeEncoder(tokenizer, new Prompts(false), POSITIONS,
                Segmentation.like(encoder.segments(pieces)));
        List<String> expected = show(encoder.documents(encoder.segments(pieces)));
        assertEquals(expected, show(trained.documents(trained.segments(String.join("\n", pieces) + "\n"))));
        assertEquals(expected, show(trained.documents(trained.segments(pieces))));
    }

    @Test
    void aQuestionTooLongForTheModelIsRefused() {
        String message = assertThrows(IllegalArgumentException.class, () -> encoder.question(1, "why ".repeat(40)))
                .getMessage();
        assertTrue(message.contains("but the model reads at most 120"), message);
        assertTrue(!message.contains("\n"), "one line");
    }

    private List<String> show(List<EncodedText> texts) {
        return texts.stream().map(text -> show(Arrays.copyOf(text.tokens(), text.unscored())) + "|"
                + show(Arrays.copyOfRange(text.tokens(), text.unscored(), text.tokens().length))).toList();
    }

    private String show(int[] tokens) {
        StringBuilder text = new StringBuilder();
        for (int token : tokens) {
            text.append(token == ByteTokenizer.END ? "$" : tokenizer.decode(token));
        }
        return text.toString();
    }
}
