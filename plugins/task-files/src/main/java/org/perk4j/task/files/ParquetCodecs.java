package org.perk4j.task.files;

import io.airlift.compress.Decompressor;
import io.airlift.compress.snappy.SnappyDecompressor;
import io.airlift.compress.zstd.ZstdDecompressor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.GZIPInputStream;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;

/** The compression codecs of Parquet's pages, in plain Java: the library's own need Hadoop and native code. */
final class ParquetCodecs implements CompressionCodecFactory {

    private static final int LARGEST_PAGE = 256 << 20;

    /** A codec that isn't supported. */
    static final class UnknownException extends RuntimeException {

        private static final long serialVersionUID = 1;

        private UnknownException(CompressionCodecName codec) {
            super("compressed with " + codec + ", which can't be read: write it with SNAPPY, ZSTD, GZIP or none");
        }
    }

    /** Expands a page. */
    private interface Codec {

        /** @return a page of {@code size} bytes */
        byte[] expanded(byte[] page, int size) throws IOException;
    }

    @Override
    public BytesInputDecompressor getDecompressor(CompressionCodecName codec) {
        return switch (codec) {
            case UNCOMPRESSED -> new Pages((page, size) -> page);
            case SNAPPY -> new Pages((page, size) -> expanded(new SnappyDecompressor(), page, size));
            case ZSTD -> new Pages((page, size) -> expanded(new ZstdDecompressor(), page, size));
            case GZIP -> new Pages((page, size) -> new GZIPInputStream(new ByteArrayInputStream(page)).readNBytes(size));
            default -> throw new UnknownException(codec);
        };
    }

    private static byte[] expanded(Decompressor decompressor, byte[] page, int size) {
        byte[] expanded = new byte[size];
        decompressor.decompress(page, 0, page.length, expanded, 0, size);
        return expanded;
    }

    @Override
    public BytesInputCompressor getCompressor(CompressionCodecName codec) {
        throw new UnsupportedOperationException("nothing is written");
    }

    @Override
    public void release() {
        // a decompressor holds nothing
    }

    private record Pages(Codec codec) implements BytesInputDecompressor {

        @Override
        public BytesInput decompress(BytesInput page, int size) throws IOException {
            if (size < 0 || size > LARGEST_PAGE) {
                throw new IOException("a page of " + size + " bytes");
            }
            byte[] expanded = codec.expanded(page.toInputStream().readAllBytes(), size);
            if (expanded.length != size) {
                throw new IOException("a page of " + expanded.length + " bytes, not " + size);
            }
            return BytesInput.from(expanded);
        }

        @Override
        public void decompress(ByteBuffer page, int compressed, ByteBuffer target, int size) {
            throw new UnsupportedOperationException("pages are on the heap");
        }

        @Override
        public void release() {
            // holds nothing
        }
    }
}
