package io.cordaoperator.creditrecord.gateway.connections;

import static org.assertj.core.api.Assertions.assertThat;

import io.cordaoperator.creditrecord.gateway.ledger.Node;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.mockito.Mockito;

class ConnectionsTest {
    private final Connections connections = new Connections();

    @Test
    void requestsAreSpreadOverNodesHoweverConnectionsAre() {
        List<Node> crowd = List.of(node("one"), node("one"), node("one"));
        crowd.forEach(node -> connections.add(new Connection(node)));
        connections.add(new Connection(node("two")));
        List<String> names = new ArrayList<>();
        for (int number = 0; number < 6; number++) {
            names.add(lent(Set.of()).name());
        }
        assertThat(names).containsExactly("one", "two", "one", "two", "one", "two");
    }

    @Test
    void requestsToANodeGoRoundItsConnections() {
        Node first = node("one");
        Node second = node("one");
        connections.add(new Connection(first));
        connections.add(new Connection(second));
        assertThat(Set.of(lent(Set.of()), lent(Set.of()))).containsExactlyInAnyOrder(first, second);
    }

    @Test
    void nodesThatAreLeftOutGetNoRequest() {
        connections.add(new Connection(node("one")));
        connections.add(new Connection(node("two")));
        assertThat(lent(Set.of("one")).name()).isEqualTo("two");
        assertThat(connections.any(Set.of("one", "two"))).isEmpty();
    }

    @Test
    void aRequestWaitsForItsNodeToComeBack() throws Exception {
        connections.add(new Connection(node("two")));
        CompletableFuture<Optional<Lease>> waiting =
            CompletableFuture.supplyAsync(() -> connections.await("one", Duration.ofSeconds(20)));
        connections.add(new Connection(node("one")));
        assertThat(waiting.get().orElseThrow().node().name()).isEqualTo("one");
    }

    @Test
    void aRequestWhoseNodeDoesNotComeBackEnds() {
        assertThat(connections.await("one", Duration.ofMillis(10))).isEmpty();
    }

    @Test
    void aLostConnectionIsClosedAtOnceAndLentNoMore() {
        Node node = node("one");
        connections.add(new Connection(node));
        try (Lease lease = connections.any(Set.of()).orElseThrow()) {
            lease.lost();
            Mockito.verify(node).close();
        }
        assertThat(connections.any(Set.of())).isEmpty();
        Mockito.verify(node).close();
    }

    @Test
    void aConnectionThatIsReplacedEndsWhatItIsAt() {
        Node old = node("one");
        Connection connection = new Connection(old);
        connections.add(connection);
        try (Lease lease = connections.any(Set.of()).orElseThrow()) {
            connections.replace(connection, new Connection(node("two")));
            assertThat(lease.node()).isSameAs(old);
            Mockito.verify(old, Mockito.never()).close();
        }
        Mockito.verify(old).close();
        assertThat(lent(Set.of()).name()).isEqualTo("two");
    }

    @Test
    void aNodeOfTheBankWithoutAConnectionIsCountedToo() {
        connections.listed(Set.of("one", "two"));
        connections.add(new Connection(node("one")));
        assertThat(connections.byNode()).containsEntry("one", 1L).containsEntry("two", 0L);
        assertThat(connections.missing()).containsExactly("two");
    }

    private Node lent(Set<String> without) {
        try (Lease lease = connections.any(without).orElseThrow()) {
            return lease.node();
        }
    }

    static Node node(String name) {
        Node node = Mockito.mock(Node.class);
        Mockito.when(node.name()).thenReturn(name);
        return node;
    }
}
