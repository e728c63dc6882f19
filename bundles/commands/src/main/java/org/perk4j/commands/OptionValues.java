package org.perk4j.commands;

import org.perk4j.inference.Segmenter;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Numbers that options take. Picocli names the option whose value is refused, before anything is read. */
final class OptionValues {

    private OptionValues() {
    }

    /** At least 1. */
    static final class Count implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String value) {
            return (int) number(value, 1, Integer.MAX_VALUE, true);
        }
    }

    /** Tokens of a segment. */
    static final class SegmentTokens implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String value) {
            return (int) number(value, Segmenter.LEAST, Integer.MAX_VALUE, true);
        }
    }

    /** From 0 on. */
    static final class Temperature implements ITypeConverter<Double> {
        @Override
        public Double convert(String value) {
            return number(value, 0, Double.MAX_VALUE, false);
        }
    }

    /** Above 0, at most 1. */
    static final class Share implements ITypeConverter<Double> {
        @Override
        public Double convert(String value) {
            return number(value, Double.MIN_VALUE, 1, false);
        }
    }

    /** Any number. */
    static final class Finite implements ITypeConverter<Double> {
        @Override
        public Double convert(String value) {
            double number = parsed(value);
            if (!Double.isFinite(number)) {
                throw new TypeConversionException("'" + value + "' is not a finite number");
            }
            return number;
        }
    }

    private static double number(String value, double least, double most, boolean whole) {
        double number = parsed(value);
        if (!(number >= least && number <= most) || whole && number != Math.rint(number)) {
            throw new TypeConversionException("'" + value + "' is not "
                    + (whole ? "a whole number of at least " + (int) least
                    : least == 0 ? "a number of at least 0" : "a number above 0 and at most 1"));
        }
        return number;
    }

    private static double parsed(String value) {
        try {
            return Double.parseDouble(value);
        } catch (NumberFormatException e) {
            throw new TypeConversionException("'" + value + "' is not a number");
        }
    }
}
