package io.cordaoperator.creditrecord.flows;

import co.paralleluniverse.fibers.Suspendable;
import io.cordaoperator.creditrecord.contracts.CreditRecordState;
import net.corda.core.crypto.SecureHash;
import net.corda.core.flows.FlowException;
import net.corda.core.flows.FlowLogic;
import net.corda.core.flows.FlowSession;
import net.corda.core.flows.InitiatedBy;
import net.corda.core.flows.SendTransactionFlow;
import net.corda.core.identity.Party;
import net.corda.core.transactions.SignedTransaction;

/** Hands out a transaction, with everything before it, to the nodes that keep its record and to nobody else. */
@InitiatedBy(FetchCreditRecord.class)
final class ServeCreditRecord extends FlowLogic<Void> {
    private final FlowSession session;

    ServeCreditRecord(FlowSession session) {
        this.session = session;
    }

    @Suspendable
    @Override
    public Void call() throws FlowException {
        SecureHash transactionId = session.receive(SecureHash.class).unwrap(id -> id);
        SignedTransaction transaction =
            getServiceHub().getValidatedTransactions().getTransaction(transactionId);
        if (transaction == null || !concerns(transaction, session.getCounterparty())) {
            throw new FlowException("There is no credit record of " + session.getCounterparty().getName()
                + " in a transaction " + transactionId + ".");
        }
        subFlow(new SendTransactionFlow(session, transaction));
        return null;
    }

    private static boolean concerns(SignedTransaction transaction, Party node) {
        return transaction.getTx().outputsOfType(CreditRecordState.class).stream()
            .anyMatch(record -> record.getParticipants().contains(node));
    }
}
