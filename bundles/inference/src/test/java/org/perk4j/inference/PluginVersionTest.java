package org.perk4j.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PluginVersionTest {

    @ParameterizedTest
    @CsvSource({
        "lora 0.1.0, lora 0.1.0, true",
        "lora 0.1.0, lora 0.1.7.SNAPSHOT, true",
        "lora 0.1.0, lora 0.2.0, false",
        "lora 0.1.0, lora 0.10.0, false",
        "lora 1.1.0, lora 2.1.0, false",
        "lora 0.1.0, dora 0.1.0, false",
        "'', lora 0.1.0, true",
        "odd, lora 0.1.0, false"})
    void isTheSameUpToItsThirdNumber(String wrote, String reads, boolean same) {
        assertEquals(same, PluginVersion.isSame(wrote, reads));
    }
}
