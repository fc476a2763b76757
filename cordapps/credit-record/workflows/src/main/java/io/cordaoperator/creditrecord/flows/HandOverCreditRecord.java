package io.cordaoperator.creditrecord.flows;

import co.paralleluniverse.fibers.Suspendable;
import java.util.List;
import net.corda.core.crypto.SecureHash;
import net.corda.core.flows.FlowLogic;
import net.corda.core.flows.FlowSession;
import net.corda.core.flows.InitiatingFlow;
import net.corda.core.identity.Party;
import net.corda.core.serialization.ConstructorForDeserialization;
import net.corda.core.serialization.CordaSerializable;

/**
 * Leaves the delivery of a transaction to flows of their own at this node, so that the calling flow can end.
 *
 * <p>A flow doesn't end before every session that it began was confirmed by the other side; a session with a node that
 * is down would hold it up. This node confirms its own sessions at once, and keeps the flows over a restart.
 */
@InitiatingFlow
final class HandOverCreditRecord extends FlowLogic<Void> {
    private final SecureHash transactionId;
    private final List<Party> recipients;

    HandOverCreditRecord(SecureHash transactionId, List<Party> recipients) {
        this.transactionId = transactionId;
        this.recipients = recipients;
    }

    @Suspendable
    @Override
    public Void call() {
        for (Party recipient : recipients) {
            FlowSession session = initiateFlow(getOurIdentity());
            session.send(new Delivery(transactionId, recipient));
        }
        return null;
    }

    /** Which transaction goes to which node. */
    @CordaSerializable
    static final class Delivery {
        private final SecureHash transactionId;
        private final Party recipient;

        @ConstructorForDeserialization
        Delivery(SecureHash transactionId, Party recipient) {
            this.transactionId = transactionId;
            this.recipient = recipient;
        }

        public SecureHash getTransactionId() {
            return transactionId;
        }

        public Party getRecipient() {
            return recipient;
        }
    }
}
