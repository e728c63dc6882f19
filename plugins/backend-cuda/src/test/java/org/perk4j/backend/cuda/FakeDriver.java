package org.perk4j.backend.cuda;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.perk4j.tensor.DType;

/**
 * A device that computes nothing, but records what it is asked for and checks it: that addresses lie in memory that is
 * allocated, that no memory is freed, or used by another stream, while work that uses it may still be to be done.
 */
final class FakeDriver implements Driver {

    /** So high that no other argument of a kernel looks like an address. */
    private static final long FIRST_ADDRESS = 0x7f00_0000_0000L;

    private final long capacity;
    private final TreeMap<Long, Long> allocated = new TreeMap<>();
    private final Map<Long, Set<FakeStream>> pending = new HashMap<>();
    private final Set<Long> lent = new HashSet<>();
    private final List<String> calls = new ArrayList<>();
    private final List<FakeStream> streams = new ArrayList<>();
    private Runnable whenLost = () -> { };
    private DeviceException next;
    private boolean lost;
    private long address = FIRST_ADDRESS;
    private int graphs;

    FakeDriver(long capacity) {
        this.capacity = capacity;
    }

    /** The next call of a stream fails. */
    synchronized void fail(DeviceException.Kind kind) {
        next = new DeviceException(kind, "as wanted");
    }

    /** @return what was asked for since the last time */
    synchronized List<String> calls() {
        List<String> since = List.copyOf(calls);
        calls.clear();
        return since;
    }

    /** From now on several streams may read what is there at once. */
    synchronized void lend(long at) {
        lent.add(allocated.floorKey(at));
    }

    synchronized long allocatedBytes() {
        return allocated.values().stream().mapToLong(Long::longValue).sum();
    }

    synchronized int graphs() {
        return graphs;
    }

    synchronized int openStreams() {
        return streams.size();
    }

    private void require(boolean right, String what) {
        if (!right) {
            throw new AssertionError(what + " after " + calls);
        }
    }

    /** A call that a device which is lost refuses. */
    private void begin(String call) {
        calls.add(call);
        if (next != null && next.kind() == DeviceException.Kind.LOST) {
            next = null;
            lost = true;
            whenLost.run();
        }
        if (lost) {
            throw new DeviceException(DeviceException.Kind.LOST, "lost");
        }
        if (next != null) {
            DeviceException failure = next;
            next = null;
            throw failure;
        }
    }

    @Override
    public String device() {
        return "a fake";
    }

    @Override
    public void whenLost(Runnable action) {
        whenLost = action;
    }

    @Override
    public synchronized long allocate(long bytes) {
        require(bytes > 0, "an allocation of nothing");
        begin("allocate " + bytes);
        if (allocatedBytes() + bytes > capacity) {
            calls.add("out of memory");
            throw new DeviceException(DeviceException.Kind.OUT_OF_MEMORY, "out of memory");
        }
        long at = address;
        address += bytes + 4096; // a gap, so that what goes beyond is noticed
        allocated.put(at, bytes);
        return at;
    }

    @Override
    public synchronized void free(long at) {
        begin("free");
        require(allocated.remove(at) != null, "memory is freed that was not allocated");
        require(pending.getOrDefault(at, Set.of()).isEmpty(), "memory is freed while work uses it");
        pending.remove(at);
    }

    @Override
    public synchronized Capacity capacity() {
        return new Capacity(capacity - allocatedBytes(), capacity);
    }

    @Override
    public synchronized void synchronize() {
        begin("synchronize");
        pending.clear();
    }

    @Override
    public synchronized Stream stream(DType dtype) {
        begin("stream " + dtype);
        FakeStream stream = new FakeStream();
        streams.add(stream);
        return stream;
    }

    @Override
    public synchronized void close() {
        require(streams.isEmpty(), "the device is released with streams open");
        require(graphs == 0, "the device is released with graphs");
        require(lost || allocated.isEmpty(), "the device is released with memory allocated");
    }

    private final class FakeStream implements Stream {

        private List<Runnable> recording;

        private void use(long at, long bytes) {
            Map.Entry<Long, Long> allocation = allocated.floorEntry(at);
            require(allocation != null && at + bytes <= allocation.getKey() + allocation.getValue(),
                    "memory is used that is not allocated");
            Set<FakeStream> users = pending.computeIfAbsent(allocation.getKey(), key -> new HashSet<>());
            require(users.isEmpty() || users.equals(Set.of(this)) || lent.contains(allocation.getKey()),
                    "memory is used that another stream still uses");
            users.add(this);
        }

        @Override
        public void upload(long to, ByteBuffer from) {
            synchronized (FakeDriver.this) {
                require(from.isDirect() && from.hasRemaining(), "an upload of nothing, or from the heap");
                require(recording == null, "an upload is recorded");
                begin("upload");
                use(to, from.remaining());
            }
        }

        @Override
        public void download(ByteBuffer to, long from) {
            synchronized (FakeDriver.this) {
                require(to.isDirect() && to.hasRemaining(), "a download of nothing, or to the heap");
                require(recording == null, "a download is recorded");
                begin("download");
                use(from, to.remaining());
                for (int i = to.position(); i < to.limit(); i++) {
                    to.put(i, (byte) 0);
                }
                settle();
            }
        }

        /** Does what is asked for, or records it. */
        private void work(String call, Runnable uses) {
            synchronized (FakeDriver.this) {
                if (recording != null) {
                    recording.add(uses);
                } else {
                    begin(call);
                    uses.run();
                }
            }
        }

        @Override
        public void copy(long to, long from, long bytes) {
            work("copy", () -> {
                use(to, bytes);
                use(from, bytes);
            });
        }

        @Override
        public void clear(long at, long bytes) {
            work("clear", () -> use(at, bytes));
        }

        @Override
        public void launch(String kernel, int blocks, ByteBuffer arguments) {
            require(blocks > 0 && arguments.remaining() % ARGUMENT == 0, "a launch of nothing");
            long[] words = new long[arguments.remaining() / Long.BYTES];
            arguments.asLongBuffer().get(words);
            work(kernel, () -> {
                for (long word : words) {
                    if (word >= FIRST_ADDRESS && word < address) {
                        use(word, 1);
                    }
                }
            });
        }

        @Override
        public void multiply(Precision precision, int m, int n, int k, double alpha, long a, boolean transposeA, long b,
                             boolean transposeB, double beta, long c) {
            require(m > 0 && n > 0 && k > 0, "a product of nothing");
            int factor = switch (precision) {
                case FLOAT32, TFLOAT32 -> 4;
                case FLOAT64 -> 8;
                case BFLOAT16 -> 2;
            };
            work("multiply " + precision, () -> {
                use(a, (long) m * k * factor);
                use(b, (long) k * n * factor);
                use(c, (long) m * n * Math.max(4, factor));
            });
        }

        @Override
        public Graph record(Runnable work) {
            List<Runnable> pieces = new ArrayList<>();
            synchronized (FakeDriver.this) {
                begin("record");
                recording = pieces;
                work.run();
                recording = null;
                graphs++;
            }
            return new Graph() {
                @Override
                public void launch() {
                    synchronized (FakeDriver.this) {
                        begin("replay " + pieces.size());
                        pieces.forEach(Runnable::run);
                    }
                }

                @Override
                public void close() {
                    synchronized (FakeDriver.this) {
                        graphs--;
                    }
                }
            };
        }

        @Override
        public void synchronize() {
            synchronized (FakeDriver.this) {
                begin("synchronize stream");
                settle();
            }
        }

        private void settle() {
            pending.values().forEach(users -> users.remove(this));
        }

        @Override
        public void close() {
            synchronized (FakeDriver.this) {
                calls.add("close stream");
                streams.remove(this);
                settle();
            }
        }
    }
}
