package io.cordaoperator.creditrecord.flows;

import co.paralleluniverse.fibers.Suspendable;
import io.cordaoperator.creditrecord.contracts.CreditRecordContract.Commands;
import io.cordaoperator.creditrecord.contracts.CreditRecordState;
import io.cordaoperator.creditrecord.flows.CreditRecordRefused.Reason;
import java.util.List;
import net.corda.core.contracts.StateAndRef;
import net.corda.core.contracts.UniqueIdentifier;
import net.corda.core.flows.FlowException;
import net.corda.core.flows.FlowLogic;
import net.corda.core.flows.StartableByRPC;
import net.corda.core.identity.Party;
import net.corda.core.transactions.TransactionBuilder;
import net.corda.core.utilities.ProgressTracker;

/**
 * Writes the first version of a new credit record and shares it with another bank.
 *
 * <p>The same request, asked again, gets the result of the first time, at whichever node of the bank.
 */
@StartableByRPC
public final class CreateCreditRecord extends FlowLogic<WrittenRecord> {
    private static final ProgressTracker.Step PREPARING = new ProgressTracker.Step("Preparing the record");
    private static final ProgressTracker.Step WRITING = new ProgressTracker.Step("Writing the record");

    private final ProgressTracker progressTracker = new ProgressTracker(PREPARING, WRITING);
    private final String subject;
    private final int score;
    private final String historyReference;
    private final String counterparty;
    private final String requestId;

    /**
     * Makes the flow.
     *
     * @param counterparty the organisation of the bank to share the record with
     * @param requestId the request's idempotency key
     * @see CreditRecordState
     */
    public CreateCreditRecord(
            String subject, int score, String historyReference, String counterparty, String requestId) {
        this.subject = subject;
        this.score = score;
        this.historyReference = historyReference;
        this.counterparty = counterparty;
        this.requestId = requestId;
    }

    @Override
    public ProgressTracker getProgressTracker() {
        return progressTracker;
    }

    @Suspendable
    @Override
    public WrittenRecord call() throws FlowException {
        progressTracker.setCurrentStep(PREPARING);
        String organisation = getOurIdentity().getName().getOrganisation();
        StateAndRef<CreditRecordState> written = new Records(getServiceHub()).writtenFor(organisation, requestId);
        if (written != null) {
            return sameAsAsked(written);
        }
        Banks banks = new Banks(getServiceHub());
        CreditRecordState record = new CreditRecordState(
            new UniqueIdentifier(), subject, score, historyReference, WriteCreditRecord.now(getServiceHub()), 1,
            requestId, banks.nodesOf(organisation), banks.nodesOf(counterparty));
        progressTracker.setCurrentStep(WRITING);
        TransactionBuilder builder = new TransactionBuilder(notary());
        return subFlow(new WriteCreditRecord(builder, record, new Commands.Create()));
    }

    private WrittenRecord sameAsAsked(StateAndRef<CreditRecordState> written) throws CreditRecordRefused {
        CreditRecordState record = written.getState().getData();
        if (record.getVersion() == 1 && record.getSubject().equals(subject) && record.getScore() == score
                && record.getHistoryReference().equals(historyReference)
                && record.counterpartyOrganisation().equals(counterparty)) {
            return WrittenRecord.of(written.getRef().getTxhash(), record);
        }
        throw new CreditRecordRefused(Reason.REQUEST_ID_REUSED, "Version " + record.getVersion() + " of the record "
            + record.getLinearId().getId() + " was written for the request id \"" + requestId
            + "\", with another content. Each request needs an id of its own.");
    }

    private Party notary() throws CreditRecordRefused {
        List<Party> notaries = getServiceHub().getNetworkMapCache().getNotaryIdentities();
        if (notaries.isEmpty()) {
            throw new CreditRecordRefused(Reason.NO_NOTARY, "The network parameters name no notary.");
        }
        return notaries.get(0);
    }
}
