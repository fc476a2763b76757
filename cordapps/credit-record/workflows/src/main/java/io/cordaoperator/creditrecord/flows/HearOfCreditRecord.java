package io.cordaoperator.creditrecord.flows;

import co.paralleluniverse.fibers.Suspendable;
import net.corda.core.crypto.SecureHash;
import net.corda.core.flows.FlowException;
import net.corda.core.flows.FlowLogic;
import net.corda.core.flows.FlowSession;
import net.corda.core.flows.InitiatedBy;

/** Hears of a transaction and fetches it from the node that wrote it. */
@InitiatedBy(AnnounceCreditRecord.class)
final class HearOfCreditRecord extends FlowLogic<Void> {
    private final FlowSession session;

    HearOfCreditRecord(FlowSession session) {
        this.session = session;
    }

    @Suspendable
    @Override
    public Void call() throws FlowException {
        SecureHash transactionId = session.receive(SecureHash.class).unwrap(id -> id);
        // In a session of its own: the other side's flow may have ended long ago.
        subFlow(new FetchCreditRecord(session.getCounterparty(), transactionId));
        return null;
    }
}
