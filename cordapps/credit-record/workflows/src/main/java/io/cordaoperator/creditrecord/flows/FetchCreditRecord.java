package io.cordaoperator.creditrecord.flows;

import co.paralleluniverse.fibers.Suspendable;
import net.corda.core.crypto.SecureHash;
import net.corda.core.flows.FlowException;
import net.corda.core.flows.FlowLogic;
import net.corda.core.flows.FlowSession;
import net.corda.core.flows.InitiatingFlow;
import net.corda.core.flows.ReceiveTransactionFlow;
import net.corda.core.identity.Party;
import net.corda.core.node.StatesToRecord;

/** Gets a transaction with everything before it from another node, checks it, and keeps it; it waits for that node. */
@InitiatingFlow
final class FetchCreditRecord extends FlowLogic<Void> {
    private final Party from;
    private final SecureHash transactionId;

    FetchCreditRecord(Party from, SecureHash transactionId) {
        this.from = from;
        this.transactionId = transactionId;
    }

    @Suspendable
    @Override
    public Void call() throws FlowException {
        FlowSession session = initiateFlow(from);
        session.send(transactionId);
        subFlow(new ReceiveTransactionFlow(session, true, StatesToRecord.ONLY_RELEVANT));
        return null;
    }
}
