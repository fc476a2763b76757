package io.cordaoperator.creditrecord.gateway.connections;

import static org.assertj.core.api.Assertions.assertThat;

import io.cordaoperator.creditrecord.gateway.ledger.Connector;
import io.cordaoperator.creditrecord.gateway.ledger.Node;
import java.time.Duration;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.mockito.Mockito;

class RebalancingTest {
    private final Connections connections = new Connections();
    private final Connector connector = Mockito.mock(Connector.class);
    private final Connection first = new Connection(ConnectionsTest.node("one"));
    private final Connection second = new Connection(ConnectionsTest.node("one"));

    @BeforeEach
    void twoConnectionsToOneOfTwoNodes() {
        connections.listed(Set.of("one", "two"));
        connections.add(first);
        connections.add(second);
    }

    @Test
    void aSpareConnectionMakesPlaceForOneToANodeWithout() throws Exception {
        Node other = ConnectionsTest.node("two");
        Mockito.when(connector.connect()).thenReturn(other);
        Connection found = rebalancing(Duration.ZERO).better(first, connections, connector);
        assertThat(found.node()).isSameAs(other);
        assertThat(connections.byNode()).containsEntry("one", 1L).containsEntry("two", 1L);
        Mockito.verify(first.node()).close();
    }

    @Test
    void theOnlyConnectionToANodeStays() throws Exception {
        connections.drop(second);
        assertThat(rebalancing(Duration.ZERO).better(first, connections, connector)).isSameAs(first);
        Mockito.verify(connector, Mockito.never()).connect();
    }

    @Test
    void aConnectionToTheSameNodeAgainIsGivenBack() throws Exception {
        Node same = ConnectionsTest.node("one");
        Mockito.when(connector.connect()).thenReturn(same);
        assertThat(rebalancing(Duration.ZERO).better(first, connections, connector)).isSameAs(first);
        Mockito.verify(same).close();
        assertThat(connections.byNode()).containsEntry("one", 2L);
    }

    @Test
    void aNodeThatIsDownIsNotLookedForAllTheTime() throws Exception {
        Mockito.when(connector.connect()).thenThrow(new Connector.ConnectFailure("down", null));
        Rebalancing rebalancing = rebalancing(Duration.ofHours(1));
        rebalancing.better(first, connections, connector);
        rebalancing.better(second, connections, connector);
        Mockito.verify(connector).connect();
    }

    @Test
    void withAllNodesConnectedNothingIsOpened() throws Exception {
        connections.add(new Connection(ConnectionsTest.node("two")));
        assertThat(rebalancing(Duration.ZERO).better(first, connections, connector)).isSameAs(first);
        Mockito.verify(connector, Mockito.never()).connect();
    }

    private static Rebalancing rebalancing(Duration wait) {
        return new Rebalancing(new Backoff(wait, wait, new Random(1)));
    }
}
