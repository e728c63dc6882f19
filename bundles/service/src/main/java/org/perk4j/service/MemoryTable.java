package org.perk4j.service;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.dbutils.QueryRunner;

/** The table of memories, whose columns are named as a {@link MemoryRow} names them. */
final class MemoryTable {

    private static final QueryRunner SQL = new QueryRunner();

    private MemoryTable() {
    }

    static List<MemoryRow> all(Connection connection) throws SQLException {
        return SQL.query(connection, "select * from memories order by name", rows -> {
            List<MemoryRow> all = new ArrayList<>();
            while (rows.next()) {
                all.add(row(rows));
            }
            return all;
        });
    }

    private static MemoryRow row(ResultSet row) throws SQLException {
        return new MemoryRow(row.getString("name"), row.getString("digest"), row.getString("base"),
                row.getString("adapter"), row.getString("writer"), row.getString("text"), row.getString("source"),
                row.getString("sha256"), row.getLong("tokens"), row.getLong("segments"), Columns.numbers(row, "losses"),
                Columns.time(row, "encoded"), row.getLong("bytes"), Columns.time(row, "created"),
                Columns.time(row, "used"), row.getLong("uses"), row.getBoolean("pinned"));
    }

    /** Inserts or replaces a memory's row. */
    static void put(Connection connection, MemoryRow row) throws SQLException {
        delete(connection, row.name());
        SQL.update(connection, "insert into memories (name, digest, base, adapter, writer, text, source, sha256, tokens, "
                        + "segments, losses, encoded, bytes, created, used, uses, pinned) "
                        + "values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                row.name(), row.digest(), row.base(), row.adapter(), row.writer(), row.text(), row.source(), row.sha256(),
                row.tokens(), row.segments(), Columns.of(row.losses()), Columns.of(row.encoded()), row.bytes(),
                Columns.of(row.created()), Columns.of(row.used()), row.uses(), row.pinned());
    }

    static void delete(Connection connection, String name) throws SQLException {
        SQL.update(connection, "delete from memories where name = ?", name);
    }

    static void used(Connection connection, String name, Instant when, long uses) throws SQLException {
        SQL.update(connection, "update memories set used = ?, uses = ? where name = ?", Columns.of(when), uses, name);
    }
}
