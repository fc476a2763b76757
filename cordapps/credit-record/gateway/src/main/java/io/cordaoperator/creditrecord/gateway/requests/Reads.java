package io.cordaoperator.creditrecord.gateway.requests;

import io.cordaoperator.creditrecord.gateway.GatewaySettings;
import io.cordaoperator.creditrecord.gateway.connections.Connections;
import io.cordaoperator.creditrecord.gateway.connections.Lease;
import io.cordaoperator.creditrecord.gateway.ledger.CreditRecord;
import io.cordaoperator.creditrecord.gateway.ledger.Node;
import io.cordaoperator.creditrecord.gateway.ledger.NodeFailure;
import io.cordaoperator.creditrecord.gateway.ledger.RecordPage;
import io.cordaoperator.creditrecord.gateway.ledger.Search;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Function;
import org.springframework.stereotype.Service;

/** Reads, which have no effect and so may be asked of another node at any time. */
@Service
public class Reads {
    private final Connections connections;
    private final Counters counters;
    private final LastWriters lastWriters;
    private final Duration timeout;

    Reads(Connections connections, Counters counters, LastWriters lastWriters, GatewaySettings settings) {
        this.connections = connections;
        this.counters = counters;
        this.lastWriters = lastWriters;
        timeout = settings.requestTimeout();
    }

    /**
     * Finds the newest version of a record.
     *
     * <p>A record reaches the bank's nodes one after the other, so a node that does not know it is not the last word.
     *
     * @throws RequestFailure.Unknown if no node that can be reached knows it, and none is known to have written it
     */
    public Answered<CreditRecord> find(UUID id) {
        return onAny(lastWriters.of(id), node -> node.find(id))
            .orElseThrow(() -> lastWriters.unknown(id));
    }

    /** Finds newest versions. */
    public Answered<RecordPage> search(Search search) {
        return onAny(Optional.empty(), node -> Optional.of(node.search(search))).orElseThrow();
    }

    /** Finds what the bank wrote for a request; never fails for want of a node. */
    Optional<CreditRecord> findByRequest(String requestId) {
        try {
            return onAny(Optional.empty(), node -> node.findByRequest(requestId)).map(Answered::value);
        } catch (RequestFailure.NoNode error) {
            return Optional.empty();
        }
    }

    /**
     * Asks one node after the other until one has an answer, beginning with one that is told; waits for nodes only if
     * none gave any.
     */
    private <T> Optional<Answered<T>> onAny(Optional<String> told, Function<Node, Optional<T>> read) {
        Deadline deadline = Deadline.in(timeout);
        Set<String> asked = new TreeSet<>();
        while (true) {
            Optional<Lease> first = told.filter(node -> !asked.contains(node)).flatMap(connections::to);
            Optional<Lease> lent = first.or(() -> connections.any(asked));
            if (lent.isEmpty() && !asked.isEmpty()) {
                return Optional.empty();
            }
            try (Lease lease = lent.or(() -> connections.awaitAny(deadline.left())).orElseThrow(this::noNode)) {
                Node node = lease.node();
                try {
                    Optional<T> found = counters.counted(node.name(), "read", () -> read.apply(node));
                    if (found.isPresent()) {
                        return Optional.of(new Answered<>(found.get(), node.name()));
                    }
                    asked.add(node.name());
                } catch (NodeFailure.Lost error) {
                    lease.lost();
                    counters.retried("read", error);
                    if (deadline.isOver()) {
                        throw noNode();
                    }
                } catch (NodeFailure error) {
                    throw new RequestFailure.Broken(error.getMessage(), error);
                }
            }
        }
    }

    private RequestFailure.NoNode noNode() {
        return new RequestFailure.NoNode(
            "No node of this bank could be asked within " + timeout.toSeconds() + " s. Nothing was changed.");
    }
}
