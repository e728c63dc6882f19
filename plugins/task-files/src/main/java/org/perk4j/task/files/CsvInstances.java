package org.perk4j.task.files;

import de.siegmar.fastcsv.reader.CsvIndex;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.reader.IndexedCsvReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.perk4j.formats.FileFormatException;
import org.perk4j.formats.JsonValue;
import org.perk4j.formats.TextFile;

/** A CSV file (RFC 4180) whose first line names the columns: each further record is an instance. */
final class CsvInstances implements InstanceFile {

    /** The number of records that are read to find one. */
    private static final int PAGE = 32;

    private final Path file;
    private final char separator;
    private List<String> header;
    private CsvIndex index;

    CsvInstances(Path file, char separator) {
        this.file = file;
        this.separator = separator;
    }

    @Override
    public void forEach(Taker taker) throws IOException {
        TextFile.check(file);
        try (IndexedCsvReader<CsvRecord> reader = open(null)) {
            index = reader.getIndex();
            long position = 0;
            for (int page = 0; page < index.getPageCount(); page++) {
                for (CsvRecord row : reader.readPage(page)) {
                    if (position == 0) {
                        header = header(row);
                    } else if (row.getFieldCount() > 1 || !row.getField(0).isBlank()) {
                        taker.take(instance(row), position);
                    }
                    position++;
                }
            }
        } catch (CsvParseException e) {
            throw unreadable(e);
        }
    }

    @Override
    public JsonValue read(long position) throws IOException {
        try (IndexedCsvReader<CsvRecord> reader = open(index)) {
            return instance(reader.readPage((int) (position / PAGE)).get((int) (position % PAGE)));
        } catch (CsvParseException e) {
            throw unreadable(e);
        }
    }

    private IndexedCsvReader<CsvRecord> open(CsvIndex known) throws IOException {
        return IndexedCsvReader.builder().fieldSeparator(separator).pageSize(PAGE).index(known).ofCsvRecord(file);
    }

    private FileFormatException unreadable(CsvParseException cause) {
        FileFormatException unreadable = new FileFormatException(file, "not valid CSV: is a quoted field not closed, or one "
                + "larger than 16 MiB?");
        unreadable.initCause(cause);
        return unreadable;
    }

    private List<String> header(CsvRecord row) throws IOException {
        List<String> names = row.getFields();
        if (names.stream().distinct().count() < names.size()) {
            throw new FileFormatException(place(row).describe("two columns have the same name: the first line names them"));
        }
        return names;
    }

    private JsonValue instance(CsvRecord row) throws IOException {
        if (row.getFieldCount() != header.size()) {
            throw new FileFormatException(place(row).describe(row.getFieldCount() + " fields, but the first line names "
                    + header.size() + " columns: quote fields with separators, quotes or line breaks in them"));
        }
        Map<String, String> fields = new LinkedHashMap<>();
        for (int i = 0; i < header.size(); i++) {
            fields.put(header.get(i), row.getField(i));
        }
        return JsonValue.of(fields, place(row));
    }

    private JsonValue.Place place(CsvRecord row) {
        return new JsonValue.Place(file, "", Math.toIntExact(row.getStartingLineNumber()), 1);
    }
}
