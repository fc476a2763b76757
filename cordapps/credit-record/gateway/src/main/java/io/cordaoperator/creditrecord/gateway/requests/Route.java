package io.cordaoperator.creditrecord.gateway.requests;

import io.cordaoperator.creditrecord.gateway.connections.Connections;
import io.cordaoperator.creditrecord.gateway.connections.Lease;
import io.cordaoperator.creditrecord.gateway.ledger.Node;
import io.cordaoperator.creditrecord.gateway.ledger.NodeFailure;
import io.cordaoperator.creditrecord.gateway.ledger.WrittenVersion;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;

/**
 * Which node a write is asked of, and then which.
 *
 * <p>First the node that has what it is about, else its key's home, where it may have begun before; then the others,
 * when that is away or could not do it.
 */
final class Route {
    private static final Duration BETWEEN_ROUNDS = Duration.ofMillis(500);

    private final Connections connections;
    private final Deadline deadline;
    private final Duration timeout;
    private final Set<String> passedOver = new TreeSet<>();
    private final String key;
    private final String home;
    private boolean mayHaveBegun;

    /**
     * Begins at a node that is told, else at the home of the caller's key, or at the node whose turn it is, with a new
     * key that leads there.
     */
    Route(Connections connections, Duration timeout, Optional<String> callersKey, Optional<String> told) {
        this.connections = connections;
        this.timeout = timeout;
        deadline = Deadline.in(timeout);
        mayHaveBegun = callersKey.isPresent();
        try (Lease lease = any(callersKey)) {
            Set<String> nodes = connections.nodesOfBank();
            String first = told.orElse(lease.node().name());
            key = callersKey.orElseGet(() -> Homes.newKey(first, nodes));
            home = callersKey.isPresent() && told.isEmpty() ? Homes.of(key, nodes) : first;
        }
    }

    /** Returns the idempotency key of the request. */
    String key() {
        return key;
    }

    /** Returns the end of the time that the request has. */
    Deadline deadline() {
        return deadline;
    }

    /** Returns whether a node may have begun the request before. */
    boolean mayHaveBegun() {
        return mayHaveBegun;
    }

    /** Remembers that a node may have begun the request. */
    void begun() {
        mayHaveBegun = true;
    }

    /** Leaves a node out until all others were asked. */
    void passOver(String node) {
        passedOver.add(node);
    }

    /** Returns whether a node stands that was not passed over. */
    boolean hasAnother() {
        Optional<Lease> another = connections.any(passedOver);
        another.ifPresent(Lease::close);
        return another.isPresent();
    }

    /** Lends a connection to the node to ask now, waiting for one if need be. */
    Lease next() {
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
        if (!passedOver.isEmpty()) {
            passedOver.clear();
            deadline.pause(BETWEEN_ROUNDS);
        }
        Lease back = any(Optional.of(key));
        // The home may be back beside others.
        Optional<Lease> atHome = back.node().name().equals(home) ? Optional.empty() : connections.to(home);
        atHome.ifPresent(lease -> back.close());
        return atHome.orElse(back);
    }

    /** Has a node write, and returns that with the request's key; what can't be tried elsewhere is a RequestFailure. */
    Written asked(Node node, Supplier<WrittenVersion> write) {
        try {
            return new Written(write.get(), node.bank(), node.name(), key);
        } catch (NodeFailure.StillRunning error) {
            throw Failures.stillRunning(node.name(), key, timeout);
        } catch (NodeFailure.Failed | NodeFailure.NotPermitted error) {
            throw Failures.broken(node.name(), error);
        }
    }

    private Lease any(Optional<String> keyToTell) {
        Optional<Lease> lease = deadline.isOver() ? Optional.empty() : connections.awaitAny(deadline.left());
        return lease.orElseThrow(
            () -> mayHaveBegun ? Failures.outcomeUnknown(keyToTell.orElseThrow(), timeout) : Failures.noNode(timeout));
    }
}
