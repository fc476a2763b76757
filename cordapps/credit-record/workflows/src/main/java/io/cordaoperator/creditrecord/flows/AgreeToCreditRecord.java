package io.cordaoperator.creditrecord.flows;

import io.cordaoperator.creditrecord.contracts.CreditRecordState;
import io.cordaoperator.creditrecord.flows.CreditRecordRefused.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import net.corda.core.contracts.ContractState;
import net.corda.core.flows.FlowSession;
import net.corda.core.flows.SignTransactionFlow;
import net.corda.core.identity.AbstractParty;
import net.corda.core.identity.Party;
import net.corda.core.transactions.SignedTransaction;

/** Signs a record whose contract holds if it also fits what this node knows of the network and of the time. */
final class AgreeToCreditRecord extends SignTransactionFlow {
    /** How much the clock of another bank may be ahead of this node's. */
    private static final Duration CLOCKS_DIFFER = Duration.ofMinutes(1);

    AgreeToCreditRecord(FlowSession session) {
        super(session);
    }

    @Override
    protected void checkTransaction(SignedTransaction transaction) throws CreditRecordRefused {
        List<ContractState> outputs = transaction.getTx().getOutputStates();
        if (outputs.size() != 1 || !(outputs.get(0) instanceof CreditRecordState)) {
            throw refused("A transaction writes one credit record and nothing else.");
        }
        CreditRecordState record = (CreditRecordState) outputs.get(0);
        if (!record.getWriters().contains(getOtherSideSession().getCounterparty())) {
            throw refused(getOtherSideSession().getCounterparty().getName() + " is no node of the bank that writes.");
        }
        if (!record.getCounterparties().contains(getOurIdentity())) {
            throw refused(getOurIdentity().getName() + " is no node of the bank that the record is shared with.");
        }
        Banks banks = new Banks(getServiceHub());
        for (AbstractParty node : record.getParticipants()) {
            if (!banks.isNode((Party) node)) {
                throw refused("The network map of " + getOurIdentity().getName() + " has no node " + node + ".");
            }
        }
        Instant latest = getServiceHub().getClock().instant().plus(CLOCKS_DIFFER);
        if (record.getTime().isAfter(latest)) {
            throw refused("The record's time, " + record.getTime() + ", is in the future of "
                + getOurIdentity().getName() + ". The clocks of the two nodes differ.");
        }
        boolean created = transaction.getInputs().isEmpty();
        if (created && !new SignedRequests(getServiceHub()).add(record, transaction.getId())) {
            throw new CreditRecordRefused(Reason.REQUEST_IN_PROGRESS, "Another record was signed for the request id \""
                + record.getRequestId() + "\". It is written, or will be; ask again later for the same.");
        }
    }

    private static CreditRecordRefused refused(String message) {
        return new CreditRecordRefused(Reason.NOT_SIGNED, message);
    }
}
