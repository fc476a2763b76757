package io.cordaoperator.creditrecord.gateway.connections;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BackoffTest {
    private final Backoff backoff = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(5), new Random(1));

    @Test
    void waitsDoubleUpToTheLongestAndAreDrawnFromTheUpperHalf() {
        for (long whole = 100; whole <= 1600; whole *= 2) {
            assertThat(backoff.next()).isBetween(Duration.ofMillis(whole / 2), Duration.ofMillis(whole));
        }
        for (int number = 0; number < 100; number++) {
            assertThat(backoff.next()).isBetween(Duration.ofMillis(1600), Duration.ofSeconds(5));
        }
    }

    @Test
    void aSuccessMakesTheNextWaitShortAgain() {
        backoff.next();
        backoff.next();
        backoff.reset();
        assertThat(backoff.next()).isLessThanOrEqualTo(Duration.ofMillis(100));
    }
}
