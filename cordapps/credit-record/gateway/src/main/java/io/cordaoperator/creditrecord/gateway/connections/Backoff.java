package io.cordaoperator.creditrecord.gateway.connections;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** Waits that grow with every failure, each drawn at random so that replicas do not come all at once. */
final class Backoff {
    private final Duration first;
    private final Duration longest;
    private final RandomGenerator random;
    private int failures;

    Backoff(Duration first, Duration longest, RandomGenerator random) {
        this.first = first;
        this.longest = longest;
        this.random = random;
    }

    /** Returns how long to wait now, between a half and the whole of what the failures so far make it. */
    Duration next() {
        // More doublings than this are past any longest wait.
        long whole = Math.min(first.toMillis() << Math.min(failures++, 20), longest.toMillis());
        return Duration.ofMillis(whole / 2 + random.nextLong(whole / 2 + 1));
    }

    void reset() {
        failures = 0;
    }
}
