package org.perk4j.adapter.lora;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LoraOptionsTest {

    @ParameterizedTest
    @CsvSource({"0, 16, 0, 0, 0, rank", "4, NaN, 0, 0, 0, alpha", "4, 16, 1, 0, 0, dropout", "4, 16, NaN, 0, 0, dropout",
        "4, 16, 0, -1, 0, initA", "4, 16, 0, 0, Infinity, initB"})
    void impossibleValuesAreNamed(int rank, double alpha, double dropout, double initA, double initB, String key) {
        String message = assertThrows(IllegalArgumentException.class,
                () -> new LoraOptions(rank, alpha, true, dropout, List.of(), initA, initB)).getMessage();
        assertTrue(message.startsWith(key + " "), message);
    }
}
