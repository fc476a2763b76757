package io.cordaoperator.creditrecord.gateway.requests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cordaoperator.creditrecord.gateway.connections.Connections;
import io.cordaoperator.creditrecord.gateway.connections.TestConnections;
import io.cordaoperator.creditrecord.gateway.ledger.CreditRecord;
import io.cordaoperator.creditrecord.gateway.ledger.Node;
import io.cordaoperator.creditrecord.gateway.ledger.NodeFailure;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.mockito.Mockito;

class ReadsTest {
    private static final UUID ID = UUID.randomUUID();
    private static final CreditRecord RECORD =
        new CreditRecord(ID, 3, "T", "customer-1", 700, "file/1", FakeBank.TIME, "Bank A", "Bank B");

    private final FakeBank bank = new FakeBank(Duration.ofMillis(200));
    private final Connections connections = bank.connections;
    private final Node one = node("one");
    private final Node two = node("two");

    @BeforeEach
    void bothNodes() {
        TestConnections.list(connections, Set.of("one", "two"));
        TestConnections.add(connections, one);
        TestConnections.add(connections, two);
    }

    @Test
    void aRecordThatHasNotReachedOneNodeIsReadFromTheOther() {
        Mockito.when(one.find(ID)).thenReturn(Optional.empty());
        Mockito.when(two.find(ID)).thenReturn(Optional.of(RECORD));
        assertThat(bank.reads().find(ID)).isEqualTo(new Answered<>(RECORD, "two"));
        assertThat(bank.reads().find(ID)).isEqualTo(new Answered<>(RECORD, "two"));
    }

    @Test
    void aRecordThatNoNodeKnowsIsUnknown() {
        assertThatThrownBy(() -> bank.reads().find(ID)).isInstanceOf(RequestFailure.Unknown.class);
    }

    @Test
    void aReadWhoseConnectionIsLostIsAskedOfTheOtherNode() {
        Mockito.when(one.find(ID)).thenThrow(new NodeFailure.Lost("gone", null));
        Mockito.when(two.find(ID)).thenReturn(Optional.of(RECORD));
        assertThat(bank.reads().find(ID).node()).isEqualTo("two");
        assertThat(connections.byNode()).containsEntry("one", 0L);
        assertThat(bank.count("credit.gateway.node.requests", "node", "one", "outcome", "connection_lost")).isOne();
        assertThat(bank.count("credit.gateway.node.requests", "node", "two", "outcome", "success")).isOne();
    }

    @Test
    void withoutAnyNodeAReadEndsInTime() {
        FakeBank nobody = new FakeBank(Duration.ofMillis(50));
        assertThatThrownBy(() -> nobody.reads().find(ID)).isInstanceOf(RequestFailure.NoNode.class);
    }

    private static Node node(String name) {
        Node node = Mockito.mock(Node.class);
        Mockito.when(node.name()).thenReturn(name);
        return node;
    }
}
