package org.perk4j.evaluation;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.standard.StandardAnalyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.similarities.BM25Similarity;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.apache.lucene.util.QueryBuilder;

/** An index of texts that ranks them by BM25 (Robertson et al. 1994), as Lucene does by default. */
final class Bm25 implements AutoCloseable {

    private static final String TEXT = "text";

    private final Analyzer analyzer = new StandardAnalyzer();
    private final Directory directory = new ByteBuffersDirectory();
    private final DirectoryReader reader;

    Bm25(List<String> texts) {
        try (IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig(analyzer))) {
            for (String text : texts) {
                Document document = new Document();
                document.add(new TextField(TEXT, text, Field.Store.NO));
                writer.addDocument(document);
            }
            writer.commit();
            reader = DirectoryReader.open(writer);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // it is in memory
        }
    }

    /** @return the numbers of the texts that have words of the question, the best first, at most so many */
    List<Integer> best(String question, int most) {
        Query query = new QueryBuilder(analyzer).createBooleanQuery(TEXT, question);
        List<Integer> best = new ArrayList<>();
        if (query == null) { // a question without words
            return best;
        }
        IndexSearcher searcher = new IndexSearcher(reader);
        searcher.setSimilarity(new BM25Similarity());
        try {
            for (ScoreDoc found : searcher.search(query, most).scoreDocs) {
                best.add(found.doc);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return best;
    }

    @Override
    public void close() {
        try (directory; analyzer) {
            reader.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
