package io.cordaoperator.creditrecord.gateway.ledger;

/** Opens connections; whom they lead to is up to the load balancer. */
public interface Connector {
    /**
     * Opens a connection.
     *
     * @throws ConnectFailure if no node can be reached, or none lets the user in
     */
    Node connect() throws ConnectFailure;

    /** No connection came about. */
    final class ConnectFailure extends Exception {
        private static final long serialVersionUID = 1;

        public ConnectFailure(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
