package org.perk4j.task.files;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation.ListLogicalTypeAnnotation;
import org.apache.parquet.schema.Type;

/** A row of Parquet as JSON values: lists and maps of strings, numbers and booleans; null for other types. */
final class ParquetRow {

    private ParquetRow() {
    }

    static Map<String, Object> plain(Group group, GroupType type) {
        Map<String, Object> plain = new LinkedHashMap<>();
        for (int i = 0; i < type.getFieldCount(); i++) {
            plain.put(type.getFieldName(i), field(group, type.getType(i), i));
        }
        return plain;
    }

    private static Object field(Group group, Type type, int field) {
        int count = group.getFieldRepetitionCount(field);
        if (type.isRepetition(Type.Repetition.REPEATED)) {
            List<Object> values = new ArrayList<>();
            IntStream.range(0, count).forEach(i -> values.add(value(group, type, field, i)));
            return values;
        }
        return count == 0 ? null : value(group, type, field, 0);
    }

    private static Object value(Group group, Type type, int field, int index) {
        if (!type.isPrimitive()) {
            Group inner = group.getGroup(field, index);
            boolean list = type.getLogicalTypeAnnotation() instanceof ListLogicalTypeAnnotation
                    && type.asGroupType().getFieldCount() == 1;
            return list ? list(inner, type.asGroupType().getType(0)) : plain(inner, type.asGroupType());
        }
        return switch (type.asPrimitiveType().getPrimitiveTypeName()) {
            case BINARY -> group.getBinary(field, index).toStringUsingUTF8();
            case INT32 -> group.getInteger(field, index);
            case INT64 -> group.getLong(field, index);
            case BOOLEAN -> group.getBoolean(field, index);
            case FLOAT -> finite(group.getFloat(field, index));
            case DOUBLE -> finite(group.getDouble(field, index));
            default -> null;
        };
    }

    /** Usually each element is wrapped in a group; elements with one field from older writers look the same. */
    private static List<Object> list(Group group, Type repeated) {
        boolean wrapped = !repeated.isPrimitive() && repeated.asGroupType().getFieldCount() == 1
                && !repeated.getName().equals("array");
        List<Object> values = new ArrayList<>();
        for (int i = 0; i < group.getFieldRepetitionCount(0); i++) {
            values.add(wrapped ? field(group.getGroup(0, i), repeated.asGroupType().getType(0), 0)
                    : value(group, repeated, 0, i));
        }
        return values;
    }

    private static Double finite(double value) {
        return Double.isFinite(value) ? value : null;
    }
}
