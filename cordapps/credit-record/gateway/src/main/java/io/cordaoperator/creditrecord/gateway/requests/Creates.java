package io.cordaoperator.creditrecord.gateway.requests;

import io.cordaoperator.creditrecord.gateway.GatewaySettings;
import io.cordaoperator.creditrecord.gateway.connections.Connections;
import io.cordaoperator.creditrecord.gateway.connections.Lease;
import io.cordaoperator.creditrecord.gateway.ledger.NewRecord;
import io.cordaoperator.creditrecord.gateway.ledger.Node;
import io.cordaoperator.creditrecord.gateway.ledger.NodeFailure;
import io.cordaoperator.creditrecord.gateway.ledger.Refusal;
import java.time.Duration;
import java.util.Optional;
import org.springframework.stereotype.Service;

/**
 * Writes new records.
 *
 * <p>A new record replaces none, so no notary keeps a bank from writing the same twice. The other bank does: one of its
 * nodes gets all attempts of a request, from whichever node of this bank, and signs one. So a request whose outcome is
 * not known may be tried again at any node.
 */
@Service
public class Creates {
    private static final String OPERATION = "create";

    private final Connections connections;
    private final Counters counters;
    private final LastWriters lastWriters;
    private final Duration timeout;

    Creates(Connections connections, Counters counters, LastWriters lastWriters, GatewaySettings settings) {
        this.connections = connections;
        this.counters = counters;
        this.lastWriters = lastWriters;
        timeout = settings.requestTimeout();
    }

    /** Writes a new record, for a key that the caller brings or for one of the gateway's own. */
    public Written create(NewRecord record, Optional<String> callersKey) {
        Route route = new Route(connections, timeout, callersKey, Optional.empty());
        while (true) {
            try (Lease lease = route.next()) {
                Node node = lease.node();
                try {
                    return asked(node, record, route);
                } catch (NodeFailure.Lost error) {
                    lease.lost();
                    route.begun();
                    counters.retried(OPERATION, error);
                } catch (NodeFailure.TurnedAway error) {
                    counters.retried(OPERATION, error);
                } catch (NodeFailure.Refused error) {
                    if (error.reason() != Refusal.REQUEST_IN_PROGRESS) {
                        throw Failures.refused(error);
                    }
                    // Another node is at it, or has yet to hand over what it wrote.
                    route.begun();
                }
                route.passOver(node.name());
            }
        }
    }

    private Written asked(Node node, NewRecord record, Route route) {
        Written written = route.asked(node, () -> counters.counted(
            node.name(), OPERATION, () -> node.create(record, route.key(), route.deadline().left())));
        lastWriters.wrote(written.version().id(), node.name());
        return written;
    }
}
