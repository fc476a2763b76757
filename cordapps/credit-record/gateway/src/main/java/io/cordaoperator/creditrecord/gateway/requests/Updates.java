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
    private final LastWriters lastWriters;
    private final Duration timeout;

    Updates(
            Connections connections, Reads reads, Counters counters, LastWriters lastWriters,
            GatewaySettings settings) {
        this.connections = connections;
        this.reads = reads;
        this.counters = counters;
        this.lastWriters = lastWriters;
        timeout = settings.requestTimeout();
    }

    /** Writes the next version of a record, for a key that the caller brings or for one of the gateway's own. */
    public Written update(RecordUpdate update, Optional<String> callersKey) {
        return new Attempt(update, callersKey).result();
    }

    /** One request, with what it has met so far. */
    private final class Attempt {
        private final RecordUpdate update;
        private final Route route;

        Attempt(RecordUpdate update, Optional<String> callersKey) {
            this.update = update;
            route = new Route(connections, timeout, callersKey, lastWriters.of(update.id()));
        }

        Written result() {
            while (true) {
                try (Lease lease = route.next()) {
                    Node node = lease.node();
                    try {
                        return asked(node);
                    } catch (NodeFailure.Lost error) {
                        lease.lost();
                        route.begun();
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
            Written written = route.asked(node, () -> counters.counted(
                node.name(), OPERATION, () -> node.update(update, route.key(), route.deadline().left())));
            lastWriters.wrote(written.version().id(), node.name());
            return written;
        }

        /** Returns what the request has come to in spite of a refusal, or nothing if it is to be tried again. */
        private Optional<Written> settled(Node node, NodeFailure.Refused error) {
            switch (error.reason()) {
                case REQUEST_IN_PROGRESS -> {
                    route.begun();
                    route.deadline().pause(BETWEEN_TRIES);
                    return Optional.empty();
                }
                case UNKNOWN_RECORD -> {
                    // The bank's nodes get a record one after the other.
                    route.passOver(node.name());
                    if (!route.hasAnother() && (route.deadline().isOver() || lastWriters.of(update.id()).isEmpty())) {
                        throw lastWriters.unknown(update.id());
                    }
                    return Optional.empty();
                }
                case WRONG_VERSION -> {
                    Optional<Written> own = route.mayHaveBegun() ? ownVersion(node) : Optional.empty();
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
                Optional<CreditRecord> own = reads.findByRequest(route.key())
                    .filter(record -> record.id().equals(update.id())
                        && record.version() == update.expectedVersion() + 1
                        && record.score() == update.score()
                        && record.historyReference().equals(update.historyReference()));
                if (own.isPresent() || patience.isOver() || route.deadline().isOver()) {
                    return own.map(record -> new Written(
                        new WrittenVersion(record.id(), record.version(), record.transactionId(), record.time()),
                        record.bank(), node.name(), route.key()));
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
            route.passOver(node.name());
        }
    }
}
