package ${package};

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.perk4j.data.Episode;
import org.perk4j.data.TaskSource;
import org.perk4j.data.TaskSource.Split;

class ${className}Test {

    private final TaskSource source = new ${className}().create(new ${className}Options(4, 1), null);

    @Test
    void anEpisodeIsTheSameWheneverItIsAskedFor() {
        Episode third = source.episode(Split.TRAIN, 3);
        source.episode(Split.TRAIN, 4);
        assertEquals(third, source.episode(Split.TRAIN, 3));
        assertNotEquals(third, source.episode(Split.TEST, 3));
        assertNotEquals(third, new ${className}().create(new ${className}Options(4, 2), null).episode(Split.TRAIN, 3));
    }

    @Test
    void answersStandInTheContext() {
        for (int number = 0; number < 100; number++) {
            Episode episode = source.episode(Split.TRAIN, number);
            episode.questions().forEach(question -> {
                String fact = question.support().get(0);
                assertTrue(episode.segments().contains(fact) && fact.contains(question.answer()), episode.toString());
            });
        }
    }

    @Test
    void noFactsAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new ${className}Options(0, 1));
    }
}
