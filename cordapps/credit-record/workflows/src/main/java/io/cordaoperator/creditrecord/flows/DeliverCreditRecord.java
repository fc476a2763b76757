package io.cordaoperator.creditrecord.flows;

import co.paralleluniverse.fibers.Suspendable;
import io.cordaoperator.creditrecord.flows.HandOverCreditRecord.Delivery;
import net.corda.core.flows.FlowException;
import net.corda.core.flows.FlowLogic;
import net.corda.core.flows.FlowSession;
import net.corda.core.flows.InitiatedBy;
import net.corda.core.transactions.SignedTransaction;

/** Delivers to one node what another flow of this node has written. */
@InitiatedBy(HandOverCreditRecord.class)
final class DeliverCreditRecord extends FlowLogic<Void> {
    private final FlowSession session;

    DeliverCreditRecord(FlowSession session) {
        this.session = session;
    }

    @Suspendable
    @Override
    public Void call() throws FlowException {
        if (!session.getCounterparty().equals(getOurIdentity())) {
            throw new FlowException("Only this node itself decides to whom it sends transactions.");
        }
        Delivery delivery = session.receive(Delivery.class).unwrap(received -> received);
        SignedTransaction transaction =
            getServiceHub().getValidatedTransactions().getTransaction(delivery.getTransactionId());
        subFlow(new SendCreditRecord(transaction, delivery.getRecipient()));
        return null;
    }
}
