package io.cordaoperator.creditrecord.flows;

import co.paralleluniverse.fibers.Suspendable;
import net.corda.core.flows.FlowException;
import net.corda.core.flows.FlowLogic;
import net.corda.core.flows.FlowSession;
import net.corda.core.flows.InitiatedBy;
import net.corda.core.flows.ReceiveTransactionFlow;
import net.corda.core.node.StatesToRecord;

/** Checks a transaction that other nodes have signed, and keeps it if this node is one that keeps its record. */
@InitiatedBy(SendCreditRecord.class)
final class ReceiveCreditRecord extends FlowLogic<Void> {
    private final FlowSession session;

    ReceiveCreditRecord(FlowSession session) {
        this.session = session;
    }

    @Suspendable
    @Override
    public Void call() throws FlowException {
        subFlow(new ReceiveTransactionFlow(session, true, StatesToRecord.ONLY_RELEVANT));
        return null;
    }
}
