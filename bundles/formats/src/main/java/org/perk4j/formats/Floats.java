package org.perk4j.formats;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.EnumSet;
import java.util.Set;
import org.perk4j.formats.SafetensorsHeader.ElementType;

/** Conversion between floats and the floating-point types of safetensors. */
final class Floats {

    static final Set<ElementType> TYPES =
            EnumSet.of(ElementType.F16, ElementType.BF16, ElementType.F32, ElementType.F64);

    private Floats() {
    }

    /** Copies the remaining elements of {@code source} to {@code target}. */
    static void copy(ElementType type, ByteBuffer source, FloatBuffer target) {
        switch (type) {
            case F32:
                target.put(source.asFloatBuffer());
                break;
            case F64:
                while (source.hasRemaining()) {
                    target.put((float) source.getDouble());
                }
                break;
            case F16:
                while (source.hasRemaining()) {
                    target.put(fromHalf(source.getShort()));
                }
                break;
            case BF16:
                while (source.hasRemaining()) {
                    target.put(Float.intBitsToFloat(source.getShort() << 16));
                }
                break;
            default:
                throw new IllegalArgumentException("not a floating-point type: " + type);
        }
    }

    /** Fills {@code target} with elements of {@code source}. */
    static void store(ElementType type, FloatBuffer source, ByteBuffer target) {
        int count = Math.min(source.remaining(), target.remaining() / type.bytes());
        if (type == ElementType.F32) {
            target.asFloatBuffer().put(source.slice(source.position(), count));
            source.position(source.position() + count);
            target.position(target.position() + count * Float.BYTES);
        } else if (type == ElementType.F16) {
            for (int i = 0; i < count; i++) {
                target.putShort(toHalf(source.get()));
            }
        } else if (type == ElementType.BF16) {
            for (int i = 0; i < count; i++) {
                target.putShort(toBfloat16(source.get()));
            }
        } else {
            throw new IllegalArgumentException("can't be written: " + type);
        }
    }

    /** IEEE 754 binary16: 1 bit sign, 5 bits exponent with bias 15, 10 bits fraction. */
    static float fromHalf(short half) {
        int sign = (half & 0x8000) << 16;
        int exponent = half >> 10 & 0x1f;
        int fraction = half & 0x3ff;
        if (exponent == 0) { // zero or subnormal: fraction·2⁻²⁴
            return Float.intBitsToFloat(Float.floatToRawIntBits(fraction * 0x1p-24f) | sign);
        }
        int widened = exponent == 0x1f ? 0xff : exponent + 127 - 15;
        return Float.intBitsToFloat(sign | widened << 23 | fraction << 13);
    }

    /** The upper half of a float: rounds to the nearest, ties to even. */
    static short toBfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        // adds half a unit in the last place, less one if that place is even; a carry goes into the exponent
        return (short) (Float.isNaN(value) ? bits >>> 16 | 0x40 : bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
    }

    /** Rounds to the nearest, ties to even. */
    static short toHalf(float value) {
        int sign = Float.floatToRawIntBits(value) >>> 16 & 0x8000;
        float magnitude = Math.abs(value);
        if (Float.isNaN(value)) {
            return (short) (sign | 0x7e00);
        }
        if (magnitude >= 65520) { // halfway between the largest half, 65504, and the next
            return (short) (sign | 0x7c00);
        }
        // the last place of a half is 2^(exponent-10), at least 2⁻²⁴; rint rounds ties to even
        int exponent = Math.max(Math.getExponent(magnitude), -14);
        int places = (int) Math.rint(Math.scalb((double) magnitude, 10 - exponent));
        // places has an implicit leading 1024 if normal; a carry out of the fraction goes into the exponent
        return (short) (sign | (exponent + 14 << 10) + places);
    }
}
