package io.cordaoperator.nodetool;

import java.util.concurrent.TimeUnit;

/** Waits until a node that drains has no flows left, telling how many there are whenever that changes. */
final class Drain {
    private static final long PAUSE_MILLISECONDS = 1_000;

    private final Node node;
    private final long end;

    /** {@code end} is the moment, as of System.nanoTime, when not to wait any longer. */
    Drain(Node node, long end) {
        this.node = node;
        this.end = end;
    }

    /** Returns how many flows are left, which is none unless time is up. */
    int await() throws Failure {
        int told = 0;
        while (true) {
            int left = node.flows();
            long remaining = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            if (left == 0 || remaining <= 0) {
                return left;
            }
            if (left != told) {
                System.out.println("Waiting for " + count(left) + ".");
                told = left;
            }
            pause(Math.min(remaining, PAUSE_MILLISECONDS));
        }
    }

    static String count(int flows) {
        return flows == 1 ? "1 flow" : flows + " flows";
    }

    static void pause(long milliseconds) throws Failure {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException error) {
            throw new Failure("interrupted");
        }
    }
}
