package org.perk4j.task.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.MessageType;
import org.perk4j.formats.FileFormatException;
import org.perk4j.formats.InputFiles;
import org.perk4j.formats.JsonValue;
import org.perk4j.formats.Printable;

/**
 * The rows of a Parquet file. One group of rows at a time is in memory, compressed: a row is found by decoding those before
 * it in its group.
 */
record ParquetInstances(Path file) implements InstanceFile {

    private static final long LARGEST_GROUP = 1L << 30;

    @Override
    public void forEach(Taker taker) throws IOException {
        try (ParquetFileReader reader = open()) {
            long before = 0;
            for (int group = 0; group < reader.getRowGroups().size(); group++) {
                Rows rows = rows(reader, group);
                for (int row = 0; row < rows.count; row++) {
                    taker.take(instance(rows.next(), before + row), (long) group << Integer.SIZE | row);
                }
                before += rows.count;
            }
        }
    }

    @Override
    public JsonValue read(long position) throws IOException {
        try (ParquetFileReader reader = open()) {
            Rows rows = rows(reader, (int) (position >>> Integer.SIZE));
            for (int row = 0; row < (int) position; row++) {
                rows.next();
            }
            return instance(rows.next(), 0);
        }
    }

    private ParquetFileReader open() throws IOException {
        InputFiles.require(file);
        return decoded(() -> ParquetFileReader.open(new LocalInputFile(file),
                ParquetReadOptions.builder(new PlainParquetConfiguration()).withCodecFactory(new ParquetCodecs()).build()));
    }

    private Rows rows(ParquetFileReader reader, int group) throws IOException {
        return decoded(() -> {
            requireThatItFits(reader.getRowGroups().get(group));
            MessageType schema = reader.getFileMetaData().getSchema();
            PageReadStore pages = reader.readRowGroup(group);
            return new Rows(schema, Math.toIntExact(pages.getRowCount()),
                    new ColumnIOFactory().getColumnIO(schema).getRecordReader(pages, new GroupRecordConverter(schema)));
        });
    }

    /** Checks the sizes that the file declares, since memory will be allocated for them. */
    private void requireThatItFits(BlockMetaData group) throws IOException {
        long end = Files.size(file);
        for (ColumnChunkMetaData column : group.getColumns()) {
            long start = column.getStartingPos();
            long size = column.getTotalSize();
            if (start < 0 || size < 0 || size > end - start) {
                throw new FileFormatException(file, "column " + Printable.line(column.getPath().toDotString())
                        + " ends after the end of the file: is the file complete?");
            }
        }
        if (group.getColumns().stream().mapToLong(ColumnChunkMetaData::getTotalSize).sum() > LARGEST_GROUP) {
            throw new FileFormatException(file, "a group of rows larger than " + (LARGEST_GROUP >> 20)
                    + " MiB: write the file with smaller ones");
        }
    }

    private JsonValue instance(Map<String, Object> row, long number) {
        return JsonValue.of(row, new JsonValue.Place(file, "[" + number + "]", 0, 0));
    }

    /** A decoding step. */
    private interface Decoding<T> {
        T run() throws IOException;
    }

    /** Damaged files make the library fail in many ways, such as indices out of bounds, or running out of memory. */
    private <T> T decoded(Decoding<T> decoding) throws IOException {
        try {
            return decoding.run();
        } catch (FileFormatException e) {
            throw e;
        } catch (ParquetCodecs.UnknownException e) {
            throw refused(e.getMessage(), e);
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            throw refused("not a valid Parquet file: is it complete, and the right one?", e);
        }
    }

    private FileFormatException refused(String problem, Throwable cause) {
        FileFormatException refused = new FileFormatException(file, problem);
        refused.initCause(cause);
        return refused;
    }

    /** The rows of a group, one after another. */
    private final class Rows {

        private final MessageType schema;
        private final int count;
        private final RecordReader<Group> records;

        Rows(MessageType schema, int count, RecordReader<Group> records) {
            this.schema = schema;
            this.count = count;
            this.records = records;
        }

        Map<String, Object> next() throws IOException {
            return decoded(() -> ParquetRow.plain(records.read(), schema));
        }
    }
}
