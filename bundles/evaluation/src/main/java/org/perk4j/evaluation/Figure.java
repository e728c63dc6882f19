package org.perk4j.evaluation;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A plot of a report and, from the same numbers, its table.
 *
 * @param title  what it shows, in a few words
 * @param note   how to read it, in a few sentences
 * @param form   how it is drawn
 * @param across what the points of a series differ in, such as {@code tokens of the context}
 * @param unit   of the values
 * @param series the lines, the bars of one colour, or the columns of a heat map
 */
public record Figure(String title, String note, Form form, String across, Unit unit, List<Series> series) {

    /** How a figure is drawn. */
    public enum Form {
        /** A line for each series, over the logarithm of {@link Point#x}. */
        LINES,
        /** A group of bars for each {@link Point#at}, with one for each series. */
        BARS,
        /** A cell for each point: a row for each {@link Point#at}, a column for each series. */
        HEAT
    }

    /** What a figure's values are. */
    public enum Unit {
        /** From 0 to 1. */
        SHARE("exact match", 100, "%.1f %%"),
        /** Seconds. */
        SECONDS("seconds", 1, "%.3f s"),
        /** Bytes. */
        BYTES("bytes", 1.0 / (1 << 20), "%,.0f MiB"),
        /** A loss per token. */
        NATS("nats", 1, "%.3f"),
        /** Whole numbers. */
        COUNT("number", 1, "%,.0f");

        private final String words;
        private final double factor;
        private final String format;

        Unit(String words, double factor, String format) {
            this.words = words;
            this.factor = factor;
            this.format = format;
        }

        /** @return a value for people */
        public String text(double value) {
            return Double.isFinite(value) ? String.format(Locale.ROOT, format, factor * value) : "-";
        }
    }

    /**
     * Points that belong together.
     *
     * @param name      for people
     * @param published whether somebody else published these numbers, rather than that they were measured for this report
     * @param points    in order
     */
    public record Series(String name, boolean published, List<Point> points) {

        /** Copies the list. */
        public Series {
            points = List.copyOf(points);
        }
    }

    /**
     * A value.
     *
     * @param at    where it belongs, for people
     * @param x     the same as a number, for {@link Form#LINES}; NaN otherwise
     * @param value NaN if there is none
     * @param low   the lower bound of its confidence interval; NaN if that is unknown
     * @param high  the upper bound
     */
    public record Point(String at, double x, double value, double low, double high) {
    }

    /** Copies the list. */
    public Figure {
        series = List.copyOf(series);
    }

    /** @return the header of the table: what is across, then the series */
    public List<String> head() {
        List<String> head = new ArrayList<>(List.of(across));
        series.forEach(each -> head.add(each.name()));
        return head;
    }

    /** @return a line for each place that a series has a point at, in order of their first mention, or of {@link Point#x} */
    public List<List<String>> rows() {
        List<Point> places = new ArrayList<>();
        series.stream().flatMap(each -> each.points().stream())
                .filter(point -> places.stream().noneMatch(place -> place.at().equals(point.at()))).forEach(places::add);
        if (form == Form.LINES) {
            places.sort((one, other) -> Double.compare(one.x(), other.x()));
        }
        return places.stream().map(place -> {
            List<String> row = new ArrayList<>(List.of(place.at()));
            series.forEach(each -> row.add(each.points().stream().filter(point -> point.at().equals(place.at())).findFirst()
                    .map(this::text).orElse("")));
            return row;
        }).toList();
    }

    private String text(Point point) {
        boolean bounded = Double.isFinite(point.low()) && Double.isFinite(point.high());
        return unit.text(point.value())
                + (bounded ? " (" + unit.text(point.low()) + " - " + unit.text(point.high()) + ")" : "");
    }

    /** @return what the page draws */
    Map<String, Object> toJson() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("title", title);
        json.put("note", note);
        json.put("form", form);
        json.put("across", across);
        json.put("unit", unit.words);
        json.put("factor", unit == Unit.SHARE ? 1 : unit.factor);
        json.put("series", series);
        json.put("head", head());
        json.put("rows", rows());
        return json;
    }
}
