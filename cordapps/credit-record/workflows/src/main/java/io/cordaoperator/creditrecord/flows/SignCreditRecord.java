package io.cordaoperator.creditrecord.flows;

import co.paralleluniverse.fibers.Suspendable;
import io.cordaoperator.creditrecord.contracts.CreditRecordState;
import net.corda.core.flows.FlowException;
import net.corda.core.flows.FlowLogic;
import net.corda.core.flows.FlowSession;
import net.corda.core.flows.InitiatedBy;
import net.corda.core.flows.NotaryException;
import net.corda.core.flows.ReceiveFinalityFlow;
import net.corda.core.transactions.SignedTransaction;

/** Signs what another bank writes, if this bank agrees, and keeps it once the notary has signed, too. */
@InitiatedBy(WriteCreditRecord.class)
final class SignCreditRecord extends FlowLogic<Void> {
    private final FlowSession session;

    SignCreditRecord(FlowSession session) {
        this.session = session;
    }

    @Suspendable
    @Override
    public Void call() throws FlowException {
        SignedTransaction signed = subFlow(new AgreeToCreditRecord(session));
        try {
            subFlow(new ReceiveFinalityFlow(session, signed.getId()));
        } catch (NotaryException error) {
            // The other side may try once more with another transaction.
            signed.getTx().outputsOfType(CreditRecordState.class)
                .forEach(new SignedRequests(getServiceHub())::remove);
            throw error;
        }
        return null;
    }
}
