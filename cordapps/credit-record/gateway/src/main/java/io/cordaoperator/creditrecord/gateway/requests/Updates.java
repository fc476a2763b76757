package io.cordaoperator.creditrecord.gateway.requests;

import io.cordaoperator.creditrecord.gateway.GatewaySettings;
import io.cordaoperator.creditrecord.gateway.connections.Connections;
import io.cordaoperator.creditrecord.gateway.connections.Lease;
import io.cordaoperator.creditrecord.gateway.ledger.CreditRecord;
import io.cordaoperator.creditrecord.gateway.ledger.Node;
import io.cordaoperator.creditrecord.gateway.ledger.NodeFailure;
import io.cordaoperator.creditrecord.gateway.ledger.RecordUpdate;
import io.cordaoperator.creditrecord.gateway.ledger.WrittenVersion;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.springframework.stereotype.Service;

/**
 * Writes next versions of records.
 *
 * <p>The notary lets one transaction replace a version, so an update whose outcome is not known may be tried again at
 * any node. What it then cannot replace may have been replaced by itself: that is told by the request's key.
 */
@Service
public class Updates {
    private static final String OPERATION = "update";
    private static final Duration BETWEEN_TRIES = Duration.ofMillis(500);
    /** How long what another node has written may be on its way. */
    private static final Duration ON_ITS_WAY = Duration.ofSeconds(5);

    private final Connections connections;
    private final Reads reads;
    private final Counters counters;
    private final Duration timeout;

    Updates(Connections connections, Reads reads, Counters counters, GatewaySettings settings) {
        this.connections = connections;
        this.reads = reads;
        this.counters = counters;
        timeout = settings.requestTimeout();
    }

    /** Writes the next version of a record, for a key that the caller brings or for one of the gateway's own. */
    public Written update(RecordUpdate update, Optional<String> callersKey) {
        return new Attempt(update, callersKey).result();
    }

    /** One request, with what it has met so far. */
    private final class Attempt {
        private final RecordUpdate update;
        private final Deadline deadline = Deadline.in(timeout);
        private final Set<String> passedOver = new TreeSet<>();
        private String key;
        private String home;
        private boolean mayHaveBegun;

        Attempt(RecordUpdate update, Optional<String> callersKey) {
            this.update = update;
            mayHaveBegun = callersKey.isPresent();
            try (Lease lease = any()) {
                Set<String> nodes = connections.nodesOfBank();
                key = callersKey.orElseGet(() -> Homes.newKey(lease.node().name(), nodes));
                home = callersKey.isPresent() ? Homes.of(key, nodes) : lease.node().name();
            }
        }

        Written result() {
            while (true) {
                try (Lease lease = next()) {
                    Node node = lease.node();
                    try {
                        return asked(node);
                    } catch (NodeFailure.Lost error) {
                        lease.lost();
                        mayHaveBegun = true;
                        again(node, error);
                    } catch (NodeFailure.TurnedAway error) {
                        again(node, error);
                    } catch (NodeFailure.Refused error) {
                        Optional<Written> settled = settled(node, error);
                        if (settled.isPresent()) {
                            return settled.get();
                        }
                    }
                }
            }
        }

        private Written asked(Node node) {
            try {
                WrittenVersion written =
                    counters.counted(node.name(), OPERATION, () -> node.update(update, key, deadline.left()));
                return new Written(written, node.bank(), node.name(), key);
            } catch (NodeFailure.StillRunning error) {
                throw Failures.stillRunning(node.name(), key, timeout);
            } catch (NodeFailure.Failed | NodeFailure.NotPermitted error) {
                throw Failures.broken(node.name(), error);
            }
        }

        /** Returns what the request has come to in spite of a refusal, or nothing if it is to be tried again. */
        private Optional<Written> settled(Node node, NodeFailure.Refused error) {
            switch (error.reason()) {
                case REQUEST_IN_PROGRESS -> {
                    mayHaveBegun = true;
                    deadline.pause(BETWEEN_TRIES);
                    return Optional.empty();
                }
                case UNKNOWN_RECORD -> {
                    // The bank's nodes get a record one after the other.
                    passedOver.add(node.name());
                    if (connections.any(passedOver).map(Updates::closed).isEmpty()) {
                        throw new RequestFailure.Unknown(
                            "No node of this bank knows a credit record " + update.id() + ".");
                    }
                    return Optional.empty();
                }
                case WRONG_VERSION -> {
                    Optional<Written> own = mayHaveBegun ? ownVersion(node) : Optional.empty();
                    if (own.isEmpty()) {
                        throw new RequestFailure.Refused(error.reason(), error.getMessage(), currentVersion(), error);
                    }
                    return own;
                }
                default -> throw Failures.refused(error);
            }
        }

        /** Looks for a version that this request wrote without telling. */
        private Optional<Written> ownVersion(Node node) {
            Deadline patience = Deadline.in(ON_ITS_WAY);
            while (true) {
                Optional<CreditRecord> own = reads.findByRequest(key)
                    .filter(record -> record.id().equals(update.id())
                        && record.version() == update.expectedVersion() + 1
                        && record.score() == update.score()
                        && record.historyReference().equals(update.historyReference()));
                if (own.isPresent() || patience.isOver() || deadline.isOver()) {
                    return own.map(record -> new Written(
                        new WrittenVersion(record.id(), record.version(), record.transactionId(), record.time()),
                        record.bank(), node.name(), key));
                }
                patience.pause(BETWEEN_TRIES);
            }
        }

        private Integer currentVersion() {
            try {
                return reads.find(update.id()).value().version();
            } catch (RequestFailure error) {
                return null;
            }
        }

        private void again(Node node, NodeFailure reason) {
            counters.retried(OPERATION, reason);
            passedOver.add(node.name());
        }

        /** Lends the request's home as long as it has not failed, then another node, then whichever comes back. */
        private Lease next() {
            if (!passedOver.contains(home)) {
                Optional<Lease> atHome = connections.to(home);
                if (atHome.isPresent()) {
                    return atHome.get();
                }
            }
            Optional<Lease> elsewhere = connections.any(passedOver);
            if (elsewhere.isPresent()) {
                return elsewhere.get();
            }
            passedOver.clear();
            deadline.pause(BETWEEN_TRIES);
            return any();
        }

        private Lease any() {
            Optional<Lease> lease = deadline.isOver() ? Optional.empty() : connections.awaitAny(deadline.left());
            return lease.orElseThrow(() -> mayHaveBegun && key != null ? unreachable() : Failures.noNode(timeout));
        }

        private RequestFailure unreachable() {
            return new RequestFailure.Open("No node of this bank was done within " + timeout.toSeconds() + " s. Whether"
                + " an earlier attempt has written the update is not known. Repeat the request with the same key.",
                key, false);
        }
    }

    private static boolean closed(Lease lease) {
        lease.close();
        return true;
    }
}
