package io.cordaoperator.creditrecord.gateway.connections;

import io.cordaoperator.creditrecord.gateway.ledger.Node;
import java.util.Set;

/** Lets tests of other packages say which connections stand. */
public final class TestConnections {
    private TestConnections() {
    }

    public static void list(Connections connections, Set<String> nodes) {
        connections.listed(nodes);
    }

    public static void add(Connections connections, Node node) {
        connections.add(new Connection(node));
    }
}
