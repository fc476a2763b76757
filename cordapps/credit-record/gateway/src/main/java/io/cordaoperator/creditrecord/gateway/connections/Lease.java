package io.cordaoperator.creditrecord.gateway.connections;

import io.cordaoperator.creditrecord.gateway.ledger.Node;

/** A request's use of a connection. */
public final class Lease implements AutoCloseable {
    private final Connection connection;
    private final Connections connections;

    Lease(Connection connection, Connections connections) {
        this.connection = connection;
        this.connections = connections;
    }

    /** Returns the node to ask. */
    public Node node() {
        return connection.node();
    }

    /** Tells that the connection is lost, so that nobody else gets it. */
    public void lost() {
        connections.drop(connection);
    }

    @Override
    public void close() {
        connection.release();
    }
}
