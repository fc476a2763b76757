package io.cordaoperator.creditrecord.flows;

import co.paralleluniverse.fibers.Suspendable;
import net.corda.core.flows.FlowException;
import net.corda.core.flows.FlowLogic;
import net.corda.core.flows.InitiatingFlow;
import net.corda.core.flows.SendTransactionFlow;
import net.corda.core.identity.Party;
import net.corda.core.transactions.SignedTransaction;

/** Sends a transaction, with what comes before it, to a node that keeps its record; it waits for a node that is down. */
@InitiatingFlow
final class SendCreditRecord extends FlowLogic<Void> {
    private final SignedTransaction transaction;
    private final Party recipient;

    SendCreditRecord(SignedTransaction transaction, Party recipient) {
        this.transaction = transaction;
        this.recipient = recipient;
    }

    @Suspendable
    @Override
    public Void call() throws FlowException {
        subFlow(new SendTransactionFlow(initiateFlow(recipient), transaction));
        return null;
    }
}
