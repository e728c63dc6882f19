package org.perk4j.inference;

import java.util.List;
import org.perk4j.data.Question;

/**
 * The texts that a model sees: the only place that defines their form, which is that of PERK's official code.
 *
 * @param support whether an answer begins with the facts that it rests on, where they are known
 */
public record Prompts(boolean support) {

    private static final String OUTPUT = "<output>";
    private static final String OUTPUT_END = "</output>";

    /** @return the text before a document; documents are counted from 1 */
    public String documentPrefix(int number) {
        return "doc_" + number + ":";
    }

    /** @return the text of a document, after its prefix */
    public static String document(String text) {
        return " " + text.strip();
    }

    /** @return a question about this number of memorized documents */
    public String question(int documents, String question) {
        return "You have memorized " + documents + " documents.\n" + withoutContext(question);
    }

    /** @return a question without documents */
    public String withoutContext(String question) {
        return question.strip() + "\nAnswer:";
    }

    /** @return the documents, as a prompt before a question */
    public String context(List<String> documents) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < documents.size(); i++) {
            text.append(i == 0 ? "" : "\n").append(documentPrefix(i + 1)).append(document(documents.get(i)));
        }
        return text.toString();
    }

    /** @return a question after {@link #context}, or after another question's answer */
    public String followingQuestion(String question) {
        return "\n" + withoutContext(question);
    }

    /** @return the expected answer to a question */
    public String answer(Question question) {
        if (!support || question.support().isEmpty()) {
            return " " + question.answer().strip();
        }
        return " <support>" + String.join(" ", question.support()) + "</support>\n"
                + OUTPUT + question.answer().strip() + OUTPUT_END;
    }

    /** @return the answer in a generated text: the content of {@code <output>}, or else the whole text */
    public static String answerIn(String written) {
        int start = written.indexOf(OUTPUT);
        if (start < 0) {
            return written.strip();
        }
        int end = written.indexOf(OUTPUT_END, start);
        return written.substring(start + OUTPUT.length(), end < 0 ? written.length() : end).strip();
    }
}
