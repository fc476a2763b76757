package io.cordaoperator.creditrecord.gateway.requests;

import io.cordaoperator.creditrecord.gateway.ledger.Refusal;
import java.util.Optional;

/** Why a request gets no result; the kinds differ in what its caller should do. */
public abstract class RequestFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    protected RequestFailure(String message, Throwable cause) {
        super(message, cause);
    }

    /** No node could be asked in time, and nothing was begun. */
    public static final class NoNode extends RequestFailure {
        private static final long serialVersionUID = 1;

        NoNode(String message) {
            super(message, null);
        }
    }

    /** What became of the request is not known yet: the same key shows it later. */
    public static final class Open extends RequestFailure {
        private static final long serialVersionUID = 1;

        private final String key;
        private final boolean running;

        Open(String message, String key, boolean running) {
            super(message, null);
            this.key = key;
            this.running = running;
        }

        /** Returns the key to ask again with. */
        public String key() {
            return key;
        }

        /** Returns whether a node is known to be at it. */
        public boolean isRunning() {
            return running;
        }
    }

    /** The ledger's rules are against it. */
    public static final class Refused extends RequestFailure {
        private static final long serialVersionUID = 1;

        private final Refusal reason;
        private final Integer currentVersion;

        Refused(Refusal reason, String message, Integer currentVersion, Throwable cause) {
            super(message, cause);
            this.reason = reason;
            this.currentVersion = currentVersion;
        }

        public Refusal reason() {
            return reason;
        }

        /** Returns the version that the record has now, if that is what the refusal is about. */
        public Optional<Integer> currentVersion() {
            return Optional.ofNullable(currentVersion);
        }
    }

    /** Nobody knows such a record. */
    public static final class Unknown extends RequestFailure {
        private static final long serialVersionUID = 1;

        Unknown(String message) {
            super(message, null);
        }
    }

    /** The installation is at fault: an RPC user that may not do this, a flow that failed unforeseen. */
    public static final class Broken extends RequestFailure {
        private static final long serialVersionUID = 1;

        Broken(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
