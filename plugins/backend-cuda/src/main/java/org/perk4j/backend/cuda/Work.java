package org.perk4j.backend.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What was asked of a stream and is not handed to it yet, one unit at a time: until {@link #submit}, or until somebody waits
 * for a result. A unit that comes a second time, with the same kernels, addresses and numbers, is recorded by the device,
 * and from then on replayed, by one call instead of some hundred. Results are those of the work itself: what isn't equal in
 * every bit isn't replayed.
 *
 * <p>Recorded units take memory of the device, so the least recently used are forgotten beyond a number of pieces of work.
 * Thread-safe: memory that waiting work uses may be wanted by another thread, which then submits it.
 */
final class Work implements Stream {

    /** A unit of fewer pieces is handed over piece by piece: to record it wouldn't pay. */
    static final int LEAST = 24;

    /** More than any pass has; a longer unit is cut. */
    private static final int MOST_WORDS = 1 << 20;

    /** The most units that are remembered, recorded or not. */
    private static final int MOST_UNITS = 1 << 12;

    private static final Logger LOG = LoggerFactory.getLogger(Work.class);

    private static final Precision[] PRECISIONS = Precision.values();

    private static final int LAUNCH = 0;
    private static final int MULTIPLY = 1;
    private static final int COPY = 2;
    private static final int CLEAR = 3;
    private static final int KIND = 2;

    private final Stream stream;
    private int mostRecorded;
    private final List<String> kernels = new ArrayList<>();
    private final Map<String, Integer> numbers = new HashMap<>();
    private final LinkedHashMap<Unit, Known> known = new LinkedHashMap<>(16, 0.75f, true);
    private final ByteBuffer arguments = ByteBuffer.allocateDirect(MOST_BYTES).order(ByteOrder.nativeOrder());
    private final LongBuffer argumentWords = arguments.asLongBuffer();
    private long[] words = new long[1 << 12];
    private int length;
    private int pieces;
    private int recorded;
    private volatile long unit;
    /** Whether something was handed over since somebody waited for all. */
    private boolean busy;
    private boolean closed;

    /** @param mostRecorded the most pieces of work in recorded units; 0 to record none */
    Work(Stream stream, int mostRecorded) {
        this.stream = stream;
        this.mostRecorded = mostRecorded;
    }

    /**
     * What tells a unit from others: the number of its words, and 128 bits of hash, by which two of a trillion units are
     * equal with a probability of 10⁻¹⁵. The words themselves would take megabytes for each episode.
     */
    private record Unit(int length, long high, long low) {

        private static final long ODD = 0x9E3779B97F4A7C15L;
        private static final long OTHER_ODD = 0xC2B2AE3D27D4EB4FL;

        static Unit of(long[] words, int length) {
            long high = length;
            long low = ~length;
            for (int i = 0; i < length; i++) {
                high = mixed((high ^ words[i]) * ODD);
                low = mixed((low + words[i]) * OTHER_ODD);
            }
            return new Unit(length, high, low);
        }

        private static long mixed(long bits) {
            return bits ^ bits >>> 32;
        }
    }

    /** A unit that was seen. */
    private static final class Known {

        private final int pieces;
        private Graph graph;

        private Known(int pieces) {
            this.pieces = pieces;
        }
    }

    /** @return the number of the unit that is being asked for */
    long unit() {
        return unit;
    }

    private void begin(int kind, int detail, int size) {
        if (length + size + 1 > words.length) {
            words = Arrays.copyOf(words, Math.max(2 * words.length, length + size + 1));
        }
        words[length++] = (long) detail << KIND | kind;
        pieces++;
    }

    @Override
    public synchronized void launch(String kernel, int blocks, ByteBuffer arguments) {
        int count = arguments.remaining() / Long.BYTES;
        begin(LAUNCH, numbers.computeIfAbsent(kernel, this::number), count + 1);
        words[length++] = (long) count << Integer.SIZE | blocks;
        for (int i = 0; i < count; i++) {
            words[length++] = arguments.getLong(arguments.position() + i * Long.BYTES);
        }
        submitIfLong();
    }

    private int number(String kernel) {
        kernels.add(kernel);
        return kernels.size() - 1;
    }

    @Override
    public synchronized void multiply(Precision precision, int m, int n, int k, double alpha, long a, boolean transposeA,
                                      long b, boolean transposeB, double beta, long c) {
        begin(MULTIPLY, precision.ordinal() << 2 | (transposeA ? 2 : 0) | (transposeB ? 1 : 0), 8);
        words[length++] = m;
        words[length++] = n;
        words[length++] = k;
        words[length++] = Double.doubleToRawLongBits(alpha);
        words[length++] = Double.doubleToRawLongBits(beta);
        words[length++] = a;
        words[length++] = b;
        words[length++] = c;
        submitIfLong();
    }

    @Override
    public synchronized void copy(long to, long from, long bytes) {
        begin(COPY, 0, 3);
        words[length++] = to;
        words[length++] = from;
        words[length++] = bytes;
        submitIfLong();
    }

    @Override
    public synchronized void clear(long at, long bytes) {
        begin(CLEAR, 0, 2);
        words[length++] = at;
        words[length++] = bytes;
        submitIfLong();
    }

    private void submitIfLong() {
        if (length > MOST_WORDS) {
            submit();
        }
    }

    @Override
    public synchronized void upload(long to, ByteBuffer from) {
        submit();
        busy = true;
        stream.upload(to, from);
    }

    /** Copies to memory that no work that waits uses, before it. */
    synchronized void uploadAtOnce(long to, ByteBuffer from) {
        busy = true;
        stream.upload(to, from);
    }

    /** Copies to memory that no work that waits uses, from memory that none writes, before it. */
    synchronized void copyAtOnce(long to, long from, long bytes) {
        busy = true;
        stream.copy(to, from, bytes);
    }

    @Override
    public synchronized void download(ByteBuffer to, long from) {
        submit();
        stream.download(to, from);
        busy = false;
    }

    @Override
    public synchronized void synchronize() {
        submit();
        if (busy) {
            stream.synchronize();
            busy = false;
        }
    }

    @Override
    public Graph record(Runnable work) {
        throw new UnsupportedOperationException("this records by itself");
    }

    /** Ends the unit, and hands it to the stream. */
    synchronized void submit() {
        if (pieces == 0) {
            return;
        }
        busy = true;
        int count = pieces;
        int end = length;
        length = 0; // whatever happens, nothing is done twice
        pieces = 0;
        unit++;
        if (count < LEAST || count > mostRecorded) {
            issue(end);
            return;
        }
        Unit asked = Unit.of(words, end);
        Known before = known.get(asked);
        if (before == null) {
            known.put(asked, new Known(count));
            forgetOldest();
            issue(end);
        } else if (before.graph != null || isRecorded(asked, before)) {
            before.graph.launch();
        } else {
            issue(end);
        }
    }

    /** @return whether it could be recorded: there may be no memory for it, or the driver may refuse to */
    private boolean isRecorded(Unit asked, Known unit) {
        recorded += unit.pieces;
        forgetOldest();
        try {
            unit.graph = stream.record(() -> issue(asked.length));
            return true;
        } catch (DeviceException e) {
            recorded -= unit.pieces;
            known.remove(asked);
            if (e.kind() == DeviceException.Kind.LOST) {
                throw e;
            }
            if (e.kind() == DeviceException.Kind.REFUSED) {
                LOG.warn("work can't be recorded, so it is done piece by piece from now on, which is slower: {}",
                        e.getMessage());
                mostRecorded = 0;
                forgetOldest();
            }
            return false;
        }
    }

    /** The unit that was used last stays. */
    private void forgetOldest() {
        Iterator<Known> oldest = known.values().iterator();
        while (recorded > mostRecorded || known.size() > MOST_UNITS) {
            forget(oldest);
        }
    }

    private void forget(Iterator<Known> next) {
        Known unit = next.next();
        next.remove();
        if (unit.graph != null) {
            recorded -= unit.pieces;
            unit.graph.close();
        }
    }

    /**
     * Submits what waits, and forgets all that is recorded, since memory is wanted: recorded work takes some, and uses some
     * that is idle between its replays.
     */
    synchronized void release() {
        submit();
        for (Iterator<Known> all = known.values().iterator(); all.hasNext();) {
            forget(all);
        }
    }

    /** Hands the words over, up to this one. */
    private void issue(int end) {
        long[] of = words;
        for (int at = 0; at < end;) {
            int detail = (int) (of[at] >> KIND);
            switch ((int) of[at] & (1 << KIND) - 1) {
                case LAUNCH -> {
                    int count = (int) (of[at + 1] >> Integer.SIZE);
                    argumentWords.put(0, of, at + 2, count);
                    stream.launch(kernels.get(detail), (int) of[at + 1], arguments.position(0).limit(count * Long.BYTES));
                    at += 2 + count;
                }
                case MULTIPLY -> {
                    stream.multiply(PRECISIONS[detail >> 2], (int) of[at + 1], (int) of[at + 2], (int) of[at + 3],
                            Double.longBitsToDouble(of[at + 4]), of[at + 6], (detail & 2) != 0, of[at + 7],
                            (detail & 1) != 0, Double.longBitsToDouble(of[at + 5]), of[at + 8]);
                    at += 9;
                }
                case COPY -> {
                    stream.copy(of[at + 1], of[at + 2], of[at + 3]);
                    at += 4;
                }
                default -> {
                    stream.clear(of[at + 1], of[at + 2]);
                    at += 3;
                }
            }
        }
    }

    /** Drops what is waiting: its results were never asked for. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        length = 0;
        pieces = 0;
        try {
            release();
        } finally {
            stream.close();
        }
    }
}
