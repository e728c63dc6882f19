package org.perk4j.training;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.perk4j.formats.Printable;

/** Shows progress as one live line on a terminal, or otherwise as a plain line from time to time. */
public final class ConsoleProgress implements Progress {

    private static final int WIDTH = 140;
    private static final long PLAIN_LINE_NANOS = 15_000_000_000L;

    private final PrintStream out;
    private final boolean live;
    private ProgressBar bar;
    private boolean begun;
    private String task;
    private long first;
    private long total;
    private long begin;
    private long printed;

    /** @param live whether {@code out} is a terminal */
    public ConsoleProgress(PrintStream out, boolean live) {
        this.out = out;
        this.live = live;
    }

    /** @return progress on standard error; live if this process has a terminal */
    public static ConsoleProgress ofProcess() {
        return new ConsoleProgress(System.err, System.console() != null);
    }

    @Override
    public void begin(String task, long done, long total) {
        end();
        this.begun = true;
        this.task = Printable.line(task);
        this.first = done;
        this.total = total;
        this.begin = System.nanoTime();
        this.printed = begin;
        if (live) {
            bar = new ProgressBarBuilder().setTaskName(this.task).setInitialMax(total).startsFrom(done, Duration.ZERO)
                    .setStyle(ProgressBarStyle.ASCII).setUpdateIntervalMillis(250)
                    .setConsumer(new ConsoleProgressBarConsumer(out, WIDTH)).build();
        }
    }

    /** Shows progress of work whose total is not known in advance: the first call begins it. */
    public void at(String task, long done, long total, String detail) {
        if (!begun) {
            begin(task, 0, total);
        }
        at(done, detail);
    }

    @Override
    public void at(long done, String detail) {
        if (bar != null) {
            bar.setExtraMessage(" " + detail);
            bar.stepTo(done);
        } else if (System.nanoTime() - printed > PLAIN_LINE_NANOS || done == total) {
            printed = System.nanoTime();
            out.println(task + ": " + done + " of " + total + ", " + detail + left(done));
        }
    }

    private String left(long done) {
        if (done <= first || done == total) {
            return "";
        }
        double seconds = (System.nanoTime() - begin) * 1e-9 / (done - first) * (total - done);
        return String.format(Locale.ROOT, ", %d:%02d:%02d left", (long) seconds / 3600, (long) seconds / 60 % 60,
                (long) seconds % 60);
    }

    @Override
    public void end() {
        begun = false;
        if (bar != null) {
            bar.close();
            bar = null;
        }
    }
}
