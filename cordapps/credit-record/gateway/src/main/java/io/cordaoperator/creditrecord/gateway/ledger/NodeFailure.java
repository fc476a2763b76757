package io.cordaoperator.creditrecord.gateway.ledger;

/** A node did not do what it was asked; the kinds differ in what is known of the effect. */
public abstract class NodeFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    protected NodeFailure(String message, Throwable cause) {
        super(message, cause);
    }

    /** The connection is no more, or the node does not answer: nobody knows whether there was an effect. */
    public static final class Lost extends NodeFailure {
        private static final long serialVersionUID = 1;

        public Lost(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** The node turned the call away before it began: there was no effect. */
    public static final class TurnedAway extends NodeFailure {
        private static final long serialVersionUID = 1;

        public TurnedAway(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** The node is still at it: the effect comes later, or not at all. */
    public static final class StillRunning extends NodeFailure {
        private static final long serialVersionUID = 1;

        public StillRunning(String message) {
            super(message, null);
        }
    }

    /** The ledger's rules are against it: there was no effect. */
    public static final class Refused extends NodeFailure {
        private static final long serialVersionUID = 1;

        private final Refusal reason;

        public Refused(Refusal reason, String message, Throwable cause) {
            super(message, cause);
            this.reason = reason;
        }

        public Refusal reason() {
            return reason;
        }
    }

    /** The flow or the call failed in a way that nobody foresaw; the same request id shows whether there was an effect. */
    public static final class Failed extends NodeFailure {
        private static final long serialVersionUID = 1;

        public Failed(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** The RPC user may not do this: there was no effect. */
    public static final class NotPermitted extends NodeFailure {
        private static final long serialVersionUID = 1;

        public NotPermitted(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
