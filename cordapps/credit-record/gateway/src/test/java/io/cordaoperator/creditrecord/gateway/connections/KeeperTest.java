package io.cordaoperator.creditrecord.gateway.connections;

import static org.assertj.core.api.Assertions.assertThat;

import io.cordaoperator.creditrecord.gateway.GatewaySettings;
import io.cordaoperator.creditrecord.gateway.ledger.Connector;
import io.cordaoperator.creditrecord.gateway.ledger.Node;
import java.net.URI;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.mockito.Mockito;

class KeeperTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Connections connections = new Connections();
    private final Connector connector = Mockito.mock(Connector.class);
    private final Keeper keeper = new Keeper(connector, connections, new GatewaySettings(
        new GatewaySettings.Rpc("localhost:1", "gateway", 1, PATIENCE),
        new GatewaySettings.KeyVault(URI.create("https://vault.test"), "rpc-gateway"),
        new GatewaySettings.Tls(null), PATIENCE));

    @AfterEach
    void stop() {
        keeper.stop();
    }

    @Test
    void aFailedConnectIsTriedAgain() throws Exception {
        Node node = ConnectionsTest.node("one");
        Mockito.when(node.nodesOfBank()).thenReturn(Set.of("one", "two"));
        Mockito.when(connector.connect())
            .thenThrow(new Connector.ConnectFailure("down", null))
            .thenThrow(new IllegalStateException("no password"))
            .thenReturn(node);
        keeper.start();
        assertThat(connections.awaitAny(PATIENCE).orElseThrow().node()).isSameAs(node);
        assertThat(connections.nodesOfBank()).containsExactlyInAnyOrder("one", "two");
    }

    @Test
    void aLostConnectionIsFollowedByAnother() throws Exception {
        Node old = ConnectionsTest.node("one");
        Node other = ConnectionsTest.node("one");
        Mockito.when(connector.connect()).thenReturn(old, other);
        keeper.start();
        try (Lease lease = connections.awaitAny(PATIENCE).orElseThrow()) {
            lease.lost();
        }
        assertThat(connections.awaitAny(PATIENCE).orElseThrow().node()).isSameAs(other);
    }

    @Test
    void connectionsCloseWhenItStops() throws Exception {
        Node node = ConnectionsTest.node("one");
        Mockito.when(connector.connect()).thenReturn(node);
        keeper.start();
        connections.awaitAny(PATIENCE).orElseThrow().close();
        keeper.stop();
        Mockito.verify(node, Mockito.timeout(PATIENCE.toMillis())).close();
    }
}
