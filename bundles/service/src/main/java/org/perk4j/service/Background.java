package org.perk4j.service;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** A daemon thread that does one piece of work after the other, each for the request in which it was handed over. */
final class Background extends ThreadPoolExecutor {

    /** @param name the thread's name */
    Background(String name) {
        super(1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), work -> {
            Thread made = new Thread(work, name);
            made.setDaemon(true);
            return made;
        });
    }

    @Override
    public void execute(Runnable work) {
        super.execute(RequestId.carried(work));
    }
}
