package org.perk4j.inference;

import java.util.List;
import org.perk4j.data.Question;

/**
 * The texts that a model sees, in the one place that knows their form. They are those of the official PERK code.
 *
 * @param support whether an answer starts with the facts that it rests on, where they are known
 */
public record Prompts(boolean support) {

    private static final String OUTPUT = "<output>";
    private static final String OUTPUT_END = "</output>";

    /** @return what stands before the text of a document; documents are counted from 1 */
    public String documentPrefix(int number) {
        return "doc_" + number + ":";
    }

    /** @return the text of a document, to follow its prefix */
    public static String document(String text) {
        return " " + text.strip();
    }

    /** @return a question about this number of memorised documents */
    public String question(int documents, String question) {
        return "You have memorized " + documents + " documents.\n" + withoutContext(question);
    }

    /** @return a question about nothing but what the model knows anyway */
    public String withoutContext(String question) {
        return question.strip() + "\nAnswer:";
    }

    /** @return the documents themselves, as a prompt that a question follows */
    public String context(List<String> documents) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < documents.size(); i++) {
            text.append(i == 0 ? "" : "\n").append(documentPrefix(i + 1)).append(document(documents.get(i)));
        }
        return text.toString();
    }

    /** @return a question that follows {@link #context}, or another question's answer */
    public String followingQuestion(String question) {
        return "\n" + withoutContext(question);
    }

    /** @return the answer that is to follow the question */
    public String answer(Question question) {
        if (!support || question.support().isEmpty()) {
            return " " + question.answer().strip();
        }
        return " <support>" + String.join(" ", question.support()) + "</support>\n"
                + OUTPUT + question.answer().strip() + OUTPUT_END;
    }

    /** @return the answer within a text that a model wrote: what stands in {@code <output>}, or else the whole text */
    public static String answerIn(String written) {
        int start = written.indexOf(OUTPUT);
        if (start < 0) {
            return written.strip();
        }
        int end = written.indexOf(OUTPUT_END, start);
        return written.substring(start + OUTPUT.length(), end < 0 ? written.length() : end).strip();
    }
}
