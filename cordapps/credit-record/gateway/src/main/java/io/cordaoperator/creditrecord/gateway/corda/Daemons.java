package io.cordaoperator.creditrecord.gateway.corda;

import java.util.concurrent.ThreadFactory;

/** Threads that keep no process from ending. */
final class Daemons {
    private Daemons() {
    }

    static ThreadFactory named(String name) {
        return work -> {
            Thread thread = new Thread(work, name);
            thread.setDaemon(true);
            return thread;
        };
    }
}
