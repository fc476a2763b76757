package io.cordaoperator.creditrecord.gateway.connections;

import io.cordaoperator.creditrecord.gateway.ledger.Connector;
import io.cordaoperator.creditrecord.gateway.ledger.Connector.ConnectFailure;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks for nodes of the bank that no connection leads to, as after the restart of one: connections that stand stay
 * where they are, and a load balancer moves none of them.
 */
final class Rebalancing {
    private static final Logger LOG = LoggerFactory.getLogger(Rebalancing.class);

    private final Backoff backoff;
    /** One tries at a time, and nobody waits for it. */
    private final ReentrantLock trying = new ReentrantLock();
    private long nextTry = System.nanoTime();

    Rebalancing(Backoff backoff) {
        this.backoff = backoff;
    }

    /**
     * Returns a new connection to a node that had none, which then has the place of the given one; or the given one.
     *
     * <p>A node that is down stays without, so tries become rarer as long as they fail.
     */
    Connection better(Connection connection, Connections connections, Connector connector) {
        if (!trying.tryLock()) {
            return connection;
        }
        try {
            return tried(connection, connections, connector);
        } finally {
            trying.unlock();
        }
    }

    private Connection tried(Connection connection, Connections connections, Connector connector) {
        Set<String> missing = connections.missing();
        if (missing.isEmpty()) {
            backoff.reset();
            return connection;
        }
        if (!connections.isSpare(connection) || System.nanoTime() < nextTry) {
            return connection;
        }
        nextTry = System.nanoTime() + backoff.next().toNanos();
        try {
            Connection found = new Connection(connector.connect());
            if (!missing.contains(found.name())) {
                found.retire();
                return connection;
            }
            LOG.info("Connected to {}, in the place of a connection to {}", found.name(), connection.name());
            connections.replace(connection, found);
            return found;
        } catch (ConnectFailure error) {
            return connection;
        }
    }
}
