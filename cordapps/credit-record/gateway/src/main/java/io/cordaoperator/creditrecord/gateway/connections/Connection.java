package io.cordaoperator.creditrecord.gateway.connections;

import io.cordaoperator.creditrecord.gateway.ledger.Node;

/** A node's connection and the requests that use it now; it closes when it is retired and the last of them is done. */
final class Connection {
    private final Node node;
    private int users;
    private boolean retired;
    private boolean closed;

    Connection(Node node) {
        this.node = node;
    }

    Node node() {
        return node;
    }

    String name() {
        return node.name();
    }

    synchronized int users() {
        return users;
    }

    /** Begins a use; returns false if the connection takes no more. */
    synchronized boolean acquire() {
        if (retired) {
            return false;
        }
        users++;
        return true;
    }

    void release() {
        boolean last;
        synchronized (this) {
            users--;
            last = retired && users == 0 && !closed;
            closed |= last;
        }
        if (last) {
            node.close();
        }
    }

    /** Takes no more uses, and closes after the last. */
    void retire() {
        boolean unused;
        synchronized (this) {
            retired = true;
            unused = users == 0 && !closed;
            closed |= unused;
        }
        if (unused) {
            node.close();
        }
    }

    /** Closes at once: whoever waits for an answer is told that the connection is lost. */
    void abort() {
        boolean open;
        synchronized (this) {
            retired = true;
            open = !closed;
            closed = true;
        }
        if (open) {
            node.close();
        }
    }
}
