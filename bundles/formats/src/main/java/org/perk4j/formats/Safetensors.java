package org.perk4j.formats;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.perk4j.formats.SafetensorsHeader.ElementType;
import org.perk4j.formats.SafetensorsHeader.Tensor;

/** A file of named tensors in Hugging Face's safetensors format. Opening it validates the whole header. Thread-safe. */
public final class Safetensors implements AutoCloseable {

    private static final int PIECE = 1 << 18;

    private final Path file;
    private final FileChannel channel;
    private final SafetensorsHeader header;
    private final long dataStart;

    private Safetensors(Path file, FileChannel channel) throws IOException {
        this.file = file;
        this.channel = channel;
        long size = channel.size();
        if (size < Long.BYTES) {
            throw damaged(file, "only " + size + " bytes, too few for a header");
        }
        long headerBytes = read(0, Long.BYTES).getLong();
        if (headerBytes < 0 || headerBytes > SafetensorsHeader.LARGEST) {
            throw damaged(file, "a header of " + Long.toUnsignedString(headerBytes) + " bytes is out of range");
        }
        this.dataStart = Long.BYTES + headerBytes;
        if (dataStart > size) {
            throw damaged(file, "the header has " + headerBytes + " bytes, the file ends after " + (size - Long.BYTES)
                    + " of them");
        }
        this.header = SafetensorsHeader.parse(file, read(Long.BYTES, (int) headerBytes).array(), size - dataStart);
    }

    /**
     * Opens a file and checks its header.
     *
     * @throws IOException naming the file, the tensor, what is wrong with it, and the remedy
     */
    public static Safetensors open(Path file) throws IOException {
        return TensorFiles.open(file, channel -> new Safetensors(file, channel));
    }

    static FileFormatException damaged(Path file, String problem) {
        return new FileFormatException(file,
                problem + ": the file is damaged or not in the safetensors format, download it again");
    }

    /** @return the names of the tensors, in the order of the file */
    public Set<String> names() {
        return header.tensors().keySet();
    }

    /** @return the dimensions of a tensor, outermost first; none for a scalar */
    public int[] dimensions(String name) {
        return tensor(name).dimensions().clone();
    }

    /** @return the element type of a tensor as the format names it, such as {@code F32} */
    public String dtype(String name) {
        return tensor(name).type().name();
    }

    /** @return the file's metadata, free text */
    public Map<String, String> metadata() {
        return header.metadata();
    }

    /** @throws IllegalArgumentException if there is no such tensor */
    private Tensor tensor(String name) {
        Tensor tensor = header.tensors().get(name);
        if (tensor == null) {
            throw new IllegalArgumentException(file + ": no tensor \"" + name + "\" in it"
                    + Spelling.nearest(name, names()).map(near -> ": did you mean \"" + near + "\"?").orElse(""));
        }
        return tensor;
    }

    /**
     * @return a tensor's elements as floats, row by row
     * @throws IOException if they can't be read, are not floating-point numbers, or are too many for an array
     */
    public float[] read(String name) throws IOException {
        Tensor tensor = tensor(name);
        requireFloatingPoint(name, tensor);
        float[] elements = new float[TensorFiles.arrayLength(file, name, tensor.elements())];
        read(name, FloatBuffer.wrap(elements));
        return elements;
    }

    /**
     * @return a tensor's elements in bfloat16, row by row; those stored in another type are rounded to the nearest, ties to
     *         even
     * @throws IOException if they can't be read, are not floating-point numbers, or are too many for an array
     */
    public short[] readBfloat16(String name) throws IOException {
        Tensor tensor = tensor(name);
        short[] elements = new short[TensorFiles.arrayLength(file, name, tensor.elements())];
        if (tensor.type() != ElementType.BF16) {
            float[] wide = read(name);
            for (int i = 0; i < wide.length; i++) {
                elements[i] = Floats.toBfloat16(wide[i]);
            }
            return elements;
        }
        ShortBuffer target = ShortBuffer.wrap(elements);
        for (long at = tensor.start(); at < tensor.end(); at += PIECE) {
            target.put(read(dataStart + at, (int) Math.min(PIECE, tensor.end() - at)).asShortBuffer());
        }
        return elements;
    }

    /**
     * Copies a tensor's elements, as floats and row by row, to {@code target} from its position on, and advances it.
     *
     * @throws IllegalArgumentException if {@code target} is too small
     * @throws IOException              if they can't be read, or are not floating-point numbers
     */
    public void read(String name, FloatBuffer target) throws IOException {
        Tensor tensor = tensor(name);
        requireFloatingPoint(name, tensor);
        if (tensor.elements() > target.remaining()) {
            throw new IllegalArgumentException("the buffer has room for " + target.remaining() + " of " + tensor.elements());
        }
        for (long at = tensor.start(); at < tensor.end(); at += PIECE) {
            ByteBuffer piece = read(dataStart + at, (int) Math.min(PIECE, tensor.end() - at));
            Floats.copy(tensor.type(), piece, target);
        }
    }

    private void requireFloatingPoint(String name, Tensor tensor) throws IOException {
        if (!Floats.TYPES.contains(tensor.type())) {
            throw new FileFormatException(file, "tensor \"" + name + "\": elements of type " + tensor.type()
                    + " can't be used as numbers: save it as one of " + Floats.TYPES);
        }
    }

    /** @return SHA-256, in hex, of the file that was opened, even if another has replaced it since */
    public String fingerprint() throws IOException {
        return Fingerprint.of(digest -> {
            long size = channel.size();
            for (long at = 0; at < size; at += PIECE) {
                digest.write(read(at, (int) Math.min(PIECE, size - at)).array());
            }
        });
    }

    private ByteBuffer read(long position, int count) throws IOException {
        return TensorFiles.read(file, channel, position, count);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    /**
     * Writes a file as a whole or not at all. Larger element types go first, so that every tensor is aligned; otherwise the
     * order is that of {@code entries}.
     *
     * @param metadata free text; transformers and PEFT require {@code format = pt}
     * @throws IllegalArgumentException if a name occurs twice, or the number of an entry's elements doesn't match its
     *                                  dimensions
     */
    public static void write(Path file, Map<String, String> metadata, List<SafetensorsEntry> entries) throws IOException {
        List<SafetensorsEntry> ordered = entries.stream()
                .sorted(Comparator.comparingInt(entry -> -entry.stored().type().bytes()))
                .toList();
        byte[] start = new SafetensorsHeader(layOut(ordered), metadata).toBytes();
        AtomicFiles.writeChannel(file, target -> {
            writeFully(target, ByteBuffer.wrap(start));
            for (SafetensorsEntry entry : ordered) {
                writeElements(target, entry);
            }
        });
    }

    private static Map<String, Tensor> layOut(List<SafetensorsEntry> entries) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        long end = 0;
        for (SafetensorsEntry entry : entries) {
            ElementType type = entry.stored().type();
            long start = end;
            end = Math.addExact(start, Math.multiplyExact(entry.elementCount(), type.bytes()));
            if (tensors.put(entry.name(), new Tensor(type, entry.dimensions(), start, end)) != null
                    || entry.name().equals(SafetensorsHeader.METADATA)) {
                throw new IllegalArgumentException("two tensors are named \"" + entry.name() + "\"");
            }
        }
        return tensors;
    }

    private static void writeElements(WritableByteChannel target, SafetensorsEntry entry) throws IOException {
        FloatBuffer elements = entry.elements().get().duplicate();
        if (elements.remaining() != entry.elementCount()) {
            throw new IllegalArgumentException("tensor \"" + entry.name() + "\": " + elements.remaining()
                    + " elements for dimensions " + Arrays.toString(entry.dimensions()));
        }
        ByteBuffer piece = ByteBuffer.allocate(PIECE).order(TensorFiles.ORDER);
        while (elements.hasRemaining()) {
            Floats.store(entry.stored().type(), elements, piece.clear());
            writeFully(target, piece.flip());
        }
    }

    private static void writeFully(WritableByteChannel target, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            target.write(bytes);
        }
    }
}
