package io.cordaoperator.creditrecord.gateway.requests;

import java.time.Duration;

/** The end of the time that a request has. */
final class Deadline {
    private final long end;

    private Deadline(long end) {
        this.end = end;
    }

    static Deadline in(Duration time) {
        return new Deadline(System.nanoTime() + time.toNanos());
    }

    boolean isOver() {
        return end - System.nanoTime() <= 0;
    }

    Duration left() {
        return Duration.ofNanos(Math.max(0, end - System.nanoTime()));
    }

    /** Waits for some time, but not past the end; there the last part of a millisecond counts as one. */
    void pause(Duration time) {
        try {
            Thread.sleep(Math.min(time.toMillis(), left().toMillis() + 1));
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
        }
    }
}
