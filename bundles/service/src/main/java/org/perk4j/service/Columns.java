package org.perk4j.service;

import java.io.IOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.perk4j.formats.Json;

/** Conversions between values and columns of the database. */
final class Columns {

    private static final String NUMBERS = "numbers";

    private Columns() {
    }

    static OffsetDateTime of(Instant time) {
        return time.atOffset(ZoneOffset.UTC);
    }

    static Instant time(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }

    static String of(List<Double> numbers) {
        return Json.writeLine(Map.of(NUMBERS, numbers));
    }

    @SuppressWarnings("unchecked")
    static List<Double> numbers(ResultSet row, String column) throws SQLException {
        try {
            return (List<Double>) Json.parseObject(row.getString(column)).get(NUMBERS);
        } catch (IOException e) {
            throw new SQLException(column + " doesn't hold numbers: " + e.getMessage(), e);
        }
    }
}
