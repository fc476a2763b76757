package io.cordaoperator.creditrecord.gateway.requests;

import io.cordaoperator.creditrecord.gateway.GatewaySettings;
import io.cordaoperator.creditrecord.gateway.connections.Connections;
import io.cordaoperator.creditrecord.gateway.connections.TestConnections;
import io.cordaoperator.creditrecord.gateway.ledger.CreditRecord;
import io.cordaoperator.creditrecord.gateway.ledger.NewRecord;
import io.cordaoperator.creditrecord.gateway.ledger.Node;
import io.cordaoperator.creditrecord.gateway.ledger.RecordPage;
import io.cordaoperator.creditrecord.gateway.ledger.RecordUpdate;
import io.cordaoperator.creditrecord.gateway.ledger.Search;
import io.cordaoperator.creditrecord.gateway.ledger.WrittenVersion;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

/** A bank whose nodes keep records in memory, and fail as they are told to. */
final class FakeBank {
    static final Instant TIME = Instant.parse("2026-05-04T10:00:00Z");

    final Connections connections = new Connections();
    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    final Set<String> nodes = new TreeSet<>();
    /** What writes reach, and in which order: "node key". */
    final List<String> asked = new ArrayList<>();
    private final Map<String, Deque<Failing>> failures = new HashMap<>();
    private final Map<String, CreditRecord> byRequest = new HashMap<>();
    private final LastWriters lastWriters = new LastWriters();
    private final Duration timeout;

    /** Comes before a write or after it. */
    private record Failing(RuntimeException error, boolean afterEffect, Runnable also) {
    }

    FakeBank(Duration timeout, String... names) {
        this.timeout = timeout;
        nodes.addAll(List.of(names));
        TestConnections.list(connections, nodes);
        for (String name : names) {
            connect(name);
        }
    }

    void connect(String name) {
        TestConnections.add(connections, new FakeNode(name));
    }

    /** The next write at a node fails without effect. */
    void fails(String node, RuntimeException error) {
        failures.computeIfAbsent(node, key -> new ArrayDeque<>()).add(new Failing(error, false, () -> { }));
    }

    /** The next write at a node has its effect, but its answer is another. */
    void failsAfterEffect(String node, RuntimeException error, Runnable also) {
        failures.computeIfAbsent(node, key -> new ArrayDeque<>()).add(new Failing(error, true, also));
    }

    List<CreditRecord> written() {
        return List.copyOf(byRequest.values());
    }

    Creates creates() {
        return new Creates(connections, counters(), lastWriters, settings());
    }

    /** Updates at another replica than creates, which knows nothing of those. */
    Updates updates() {
        return new Updates(connections, reads(), counters(), new LastWriters(), settings());
    }

    /** Updates at the replica of the creates. */
    Updates updatesWhereCreated() {
        return new Updates(connections, reads(), counters(), lastWriters, settings());
    }

    Reads reads() {
        return new Reads(connections, counters(), new LastWriters(), settings());
    }

    /** Reads at the replica of the creates. */
    Reads readsWhereCreated() {
        return new Reads(connections, counters(), lastWriters, settings());
    }

    double count(String name, String... tags) {
        return meters.find(name).tags(tags).counters().stream().mapToDouble(each -> each.count()).sum();
    }

    private Counters counters() {
        return new Counters(meters);
    }

    private GatewaySettings settings() {
        return new GatewaySettings(
            new GatewaySettings.Rpc("localhost:1", "gateway", 4, Duration.ofSeconds(1)),
            new GatewaySettings.KeyVault(URI.create("https://vault.test"), "rpc-gateway"),
            new GatewaySettings.Tls(null), timeout);
    }

    private final class FakeNode implements Node {
        private final String name;

        FakeNode(String name) {
            this.name = name;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public String bank() {
            return "Bank A";
        }

        @Override
        public Set<String> nodesOfBank() {
            return nodes;
        }

        @Override
        public Optional<CreditRecord> find(UUID id) {
            return byRequest.values().stream().filter(each -> each.id().equals(id))
                .max(java.util.Comparator.comparing(CreditRecord::version));
        }

        @Override
        public Optional<CreditRecord> findByRequest(String requestId) {
            return Optional.ofNullable(byRequest.get(requestId));
        }

        @Override
        public RecordPage search(Search search) {
            return new RecordPage(written(), byRequest.size());
        }

        @Override
        public WrittenVersion create(NewRecord record, String requestId, Duration patience) {
            return write(requestId, () -> new CreditRecord(
                UUID.randomUUID(), 1, "T" + byRequest.size(), record.subject(), record.score(),
                record.historyReference(), TIME, bank(), record.counterparty()));
        }

        @Override
        public WrittenVersion update(RecordUpdate update, String requestId, Duration patience) {
            return write(requestId, () -> {
                CreditRecord old = find(update.id()).orElseThrow();
                return new CreditRecord(
                    old.id(), old.version() + 1, "T" + byRequest.size(), old.subject(), update.score(),
                    update.historyReference(), TIME, bank(), old.counterparty());
            });
        }

        @Override
        public void forgetEndedFlows() {
            // It keeps nothing.
        }

        @Override
        public void close() {
            // There is nothing behind it.
        }

        private WrittenVersion write(String requestId, java.util.function.Supplier<CreditRecord> effect) {
            asked.add(name + " " + requestId);
            Failing failing = failures.getOrDefault(name, new ArrayDeque<>()).poll();
            if (failing != null && !failing.afterEffect()) {
                failing.also().run();
                throw failing.error();
            }
            CreditRecord record = byRequest.computeIfAbsent(requestId, key -> effect.get());
            if (failing != null) {
                failing.also().run();
                throw failing.error();
            }
            return new WrittenVersion(record.id(), record.version(), record.transactionId(), record.time());
        }
    }
}
