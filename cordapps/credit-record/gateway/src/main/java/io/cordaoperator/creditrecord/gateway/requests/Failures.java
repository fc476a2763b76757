package io.cordaoperator.creditrecord.gateway.requests;

import io.cordaoperator.creditrecord.gateway.ledger.NodeFailure;
import java.time.Duration;

/** What callers are told of what nodes could not do. */
final class Failures {
    private Failures() {
    }

    static RequestFailure noNode(Duration timeout) {
        return new RequestFailure.NoNode("No node of this bank could be asked within " + timeout.toSeconds()
            + " s. Nothing was written. Repeat the request later.");
    }

    static RequestFailure outcomeUnknown(String key, Duration timeout) {
        return new RequestFailure.Open("No node of this bank was done within " + timeout.toSeconds() + " s. Whether an"
            + " earlier attempt writes what was asked for is not known. Repeat the request with the same key: nothing"
            + " is written twice.", key, false);
    }

    static RequestFailure stillRunning(String node, String key, Duration timeout) {
        return new RequestFailure.Open("The node " + node + " began, but was not done within " + timeout.toSeconds()
            + " s: it goes on, and waits for the other bank or for the notary. Repeat the request with the same key: it"
            + " joins what was begun, and writes nothing twice.", key, true);
    }

    static RequestFailure refused(NodeFailure.Refused error) {
        return new RequestFailure.Refused(error.reason(), error.getMessage(), null, error);
    }

    static RequestFailure broken(String node, NodeFailure error) {
        return new RequestFailure.Broken("The node " + node + " failed: " + error.getMessage(), error);
    }
}
