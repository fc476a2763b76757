package io.cordaoperator.creditrecord.gateway.requests;

import io.cordaoperator.creditrecord.gateway.ledger.Refusal;

/** Makes failures for tests of other packages. */
public final class RequestFailures {
    private RequestFailures() {
    }

    public static RequestFailure noNode() {
        return new RequestFailure.NoNode("no node");
    }

    public static RequestFailure open(String key, boolean running) {
        return new RequestFailure.Open("open", key, running);
    }

    public static RequestFailure unknown() {
        return new RequestFailure.Unknown("unknown");
    }

    public static RequestFailure broken() {
        return new RequestFailure.Broken("broken", null);
    }

    public static RequestFailure refused(Refusal reason, Integer currentVersion) {
        return new RequestFailure.Refused(reason, "refused", currentVersion, null);
    }
}
