package org.perk4j.service;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.dbutils.QueryRunner;
import org.perk4j.formats.Printable;

/** The table of jobs. It doesn't have the progress of jobs that run, since these start again in the next process. */
final class JobTable {

    private static final QueryRunner SQL = new QueryRunner();

    private JobTable() {
    }

    /** @return all jobs, in the order of their submission */
    static List<Job> all(Connection connection) throws SQLException {
        return SQL.query(connection, "select * from jobs order by created, id", rows -> {
            List<Job> all = new ArrayList<>();
            while (rows.next()) {
                all.add(job(rows));
            }
            return all;
        });
    }

    private static Job job(ResultSet row) throws SQLException {
        return new Job(row.getString("id"), row.getString("memory"), Job.State.valueOf(row.getString("state")),
                row.getString("text"), row.getBoolean("replaces"), row.getBoolean("forced"), row.getBoolean("keeps"),
                row.getLong("total"), row.getLong("total"), Columns.numbers(row, "losses"), row.getString("error"),
                Columns.time(row, "created"));
    }

    /** Inserts or replaces a job's row. */
    static void put(Connection connection, Job job) throws SQLException {
        delete(connection, job.id());
        SQL.update(connection, "insert into jobs (id, memory, state, text, replaces, forced, keeps, total, losses, error, "
                        + "created) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                job.id(), job.memory(), job.state().name(), job.text(), job.replace(), job.force(), job.keep(), job.total(),
                Columns.of(job.losses()), Printable.line(job.error()), Columns.of(job.created()));
    }

    static void delete(Connection connection, String id) throws SQLException {
        SQL.update(connection, "delete from jobs where id = ?", id);
    }
}
