package io.cordaoperator.creditrecord.gateway.connections;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/**
 * The connections that stand now.
 *
 * <p>The load balancer spreads connections as it likes. So requests go round the nodes, and only then round a node's
 * connections.
 */
@Component
public class Connections {
    private final List<Connection> standing = new ArrayList<>();
    private final Map<String, Integer> turns = new HashMap<>();
    private Set<String> nodesOfBank = Set.of();
    private int turn;
    private Consumer<Map<String, Long>> listener = byNode -> { };

    /** Returns the legal names of the bank's nodes as the network map had them last, or nothing before it was asked. */
    public synchronized Set<String> nodesOfBank() {
        return nodesOfBank;
    }

    /** Returns how many connections each of the bank's nodes has, be it none. */
    public synchronized Map<String, Long> byNode() {
        Map<String, Long> result = new TreeMap<>();
        nodesOfBank.forEach(node -> result.put(node, 0L));
        standing.forEach(connection -> result.merge(connection.name(), 1L, Long::sum));
        return result;
    }

    /** Lends a connection to the node whose turn it is, leaving out some nodes. */
    public synchronized Optional<Lease> any(Collection<String> without) {
        Set<String> nodes = reachable();
        nodes.removeAll(without);
        if (nodes.isEmpty()) {
            return Optional.empty();
        }
        return to(List.copyOf(nodes).get(Math.floorMod(turn++, nodes.size())));
    }

    /** Lends a connection to a certain node, if there is one. */
    public synchronized Optional<Lease> to(String node) {
        List<Connection> candidates = standing.stream().filter(each -> each.name().equals(node)).toList();
        int first = turns.merge(node, 1, Integer::sum);
        for (int step = 0; step < candidates.size(); step++) {
            Connection candidate = candidates.get(Math.floorMod(first + step, candidates.size()));
            if (candidate.acquire()) {
                return Optional.of(new Lease(candidate, this));
            }
        }
        return Optional.empty();
    }

    /** Lends a connection to a certain node, waiting for one if need be. */
    public synchronized Optional<Lease> await(String node, Duration timeout) {
        return await(() -> to(node), timeout);
    }

    /** Lends a connection to any node, waiting for one if need be. */
    public synchronized Optional<Lease> awaitAny(Duration timeout) {
        return await(() -> any(Set.of()), timeout);
    }

    /** Has somebody told of every change, with what {@link #byNode} then returns. */
    synchronized void onChange(Consumer<Map<String, Long>> newListener) {
        listener = newListener;
    }

    synchronized void add(Connection connection) {
        standing.add(connection);
        changed();
    }

    /** Takes out a connection that is lost. */
    void drop(Connection connection) {
        synchronized (this) {
            standing.remove(connection);
            changed();
        }
        connection.abort();
    }

    /** Puts a connection in the place of another, which may still end what it is at. */
    void replace(Connection old, Connection replacement) {
        synchronized (this) {
            standing.remove(old);
            standing.add(replacement);
            changed();
        }
        old.retire();
    }

    synchronized boolean has(Connection connection) {
        return standing.contains(connection);
    }

    /** Waits until a connection is dropped, or for some time; returns whether it still stands. */
    synchronized boolean standsFor(Connection connection, Duration time) throws InterruptedException {
        long end = System.nanoTime() + time.toNanos();
        for (long left = time.toMillis(); left > 0 && has(connection); left = (end - System.nanoTime()) / 1_000_000) {
            wait(left);
        }
        return has(connection);
    }

    synchronized void listed(Set<String> nodes) {
        nodesOfBank = nodes;
        listener.accept(byNode());
    }

    /** Returns the bank's nodes that no connection leads to. */
    synchronized Set<String> missing() {
        Set<String> result = new TreeSet<>(nodesOfBank);
        result.removeAll(reachable());
        return result;
    }

    /** Returns whether a node has more than one connection and no other has more. */
    synchronized boolean isSpare(Connection connection) {
        Map<String, Long> counts =
            standing.stream().collect(Collectors.groupingBy(Connection::name, Collectors.counting()));
        long own = counts.getOrDefault(connection.name(), 0L);
        return own > 1 && own == counts.values().stream().max(Comparator.naturalOrder()).orElse(0L);
    }

    private void changed() {
        notifyAll();
        listener.accept(byNode());
    }

    private Set<String> reachable() {
        return standing.stream().map(Connection::name).collect(Collectors.toCollection(TreeSet::new));
    }

    private Optional<Lease> await(Supplier<Optional<Lease>> lending, Duration timeout) {
        long end = System.nanoTime() + timeout.toNanos();
        Optional<Lease> lease = lending.get();
        try {
            for (long left = timeout.toMillis(); lease.isEmpty() && left > 0;
                    left = (end - System.nanoTime()) / 1_000_000) {
                wait(left);
                lease = lending.get();
            }
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
        }
        return lease;
    }
}
