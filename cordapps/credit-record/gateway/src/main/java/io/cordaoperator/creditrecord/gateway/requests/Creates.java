package io.cordaoperator.creditrecord.gateway.requests;

import io.cordaoperator.creditrecord.gateway.GatewaySettings;
import io.cordaoperator.creditrecord.gateway.connections.Connections;
import io.cordaoperator.creditrecord.gateway.connections.Lease;
import io.cordaoperator.creditrecord.gateway.ledger.NewRecord;
import io.cordaoperator.creditrecord.gateway.ledger.Node;
import io.cordaoperator.creditrecord.gateway.ledger.NodeFailure;
import io.cordaoperator.creditrecord.gateway.ledger.Refusal;
import io.cordaoperator.creditrecord.gateway.ledger.WrittenVersion;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.springframework.stereotype.Service;

/**
 * Writes new records.
 *
 * <p>A new record replaces none, so no notary keeps a bank from writing the same twice. A request whose outcome is not
 * known is therefore only asked again of the node that had it, where it meets its flow, its record, or nothing. And a
 * key that the caller brings may have been used before, at another replica: it goes to its home and nowhere else.
 */
@Service
public class Creates {
    private static final String OPERATION = "create";
    private static final Duration BETWEEN_TRIES = Duration.ofMillis(500);

    private final Connections connections;
    private final Counters counters;
    private final Duration timeout;

    Creates(Connections connections, Counters counters, GatewaySettings settings) {
        this.connections = connections;
        this.counters = counters;
        timeout = settings.requestTimeout();
    }

    /** Writes a new record, for a key that the caller brings or for one of the gateway's own. */
    public Written create(NewRecord record, Optional<String> callersKey) {
        Deadline deadline = Deadline.in(timeout);
        if (callersKey.isPresent()) {
            String key = callersKey.get();
            awaitAny(deadline);
            return atHome(record, key, Homes.of(key, connections.nodesOfBank()), deadline);
        }
        return anywhere(record, deadline);
    }

    /** Begins a request that is known to be the first of its key, at the node whose turn it is. */
    private Written anywhere(NewRecord record, Deadline deadline) {
        Set<String> turnedAway = new TreeSet<>();
        while (true) {
            try (Lease lease = next(turnedAway, deadline)) {
                Node node = lease.node();
                // Whoever comes again with it is led to the same node.
                String key = Homes.newKey(node.name(), connections.nodesOfBank());
                try {
                    return asked(node, record, key, deadline);
                } catch (NodeFailure.TurnedAway error) {
                    counters.retried(OPERATION, error);
                    turnedAway.add(node.name());
                } catch (NodeFailure.Lost error) {
                    lease.lost();
                    counters.retried(OPERATION, error);
                    return atHome(record, key, node.name(), deadline);
                } catch (NodeFailure.Refused error) {
                    if (error.reason() != Refusal.REQUEST_IN_PROGRESS) {
                        throw Failures.refused(error);
                    }
                    return atHome(record, key, node.name(), deadline);
                }
            }
        }
    }

    private Lease next(Set<String> turnedAway, Deadline deadline) {
        Optional<Lease> other = connections.any(turnedAway);
        if (other.isPresent()) {
            return other.get();
        }
        if (!turnedAway.isEmpty()) {
            deadline.pause(BETWEEN_TRIES);
        }
        return awaitAnyLease(deadline);
    }

    /** Begins a request, or finds it again, at the one node that it may be at. */
    private Written atHome(NewRecord record, String key, String home, Deadline deadline) {
        while (!deadline.isOver()) {
            try (Lease lease = connections.await(home, deadline.left()).orElseThrow(() -> unreachable(home, key))) {
                try {
                    return asked(lease.node(), record, key, deadline);
                } catch (NodeFailure.Lost error) {
                    lease.lost();
                    counters.retried(OPERATION, error);
                } catch (NodeFailure.TurnedAway error) {
                    counters.retried(OPERATION, error);
                    deadline.pause(BETWEEN_TRIES);
                } catch (NodeFailure.Refused error) {
                    if (error.reason() != Refusal.REQUEST_IN_PROGRESS) {
                        throw Failures.refused(error);
                    }
                    deadline.pause(BETWEEN_TRIES);
                }
            }
        }
        throw unreachable(home, key);
    }

    private Written asked(Node node, NewRecord record, String key, Deadline deadline) {
        try {
            WrittenVersion written =
                counters.counted(node.name(), OPERATION, () -> node.create(record, key, deadline.left()));
            return new Written(written, node.bank(), node.name(), key);
        } catch (NodeFailure.StillRunning error) {
            throw Failures.stillRunning(node.name(), key, timeout);
        } catch (NodeFailure.Failed | NodeFailure.NotPermitted error) {
            throw Failures.broken(node.name(), error);
        }
    }

    private void awaitAny(Deadline deadline) {
        awaitAnyLease(deadline).close();
    }

    private Lease awaitAnyLease(Deadline deadline) {
        Optional<Lease> lease = deadline.isOver() ? Optional.empty() : connections.awaitAny(deadline.left());
        return lease.orElseThrow(() -> Failures.noNode(timeout));
    }

    private RequestFailure.Open unreachable(String home, String key) {
        return new RequestFailure.Open("The node " + home + " of this bank, which requests with the key " + key
            + " are led to, could not be asked within " + timeout.toSeconds() + " s. Whether an earlier attempt has"
            + " written the record is not known. Repeat the request with the same key.", key, false);
    }
}
