package io.cordaoperator.creditrecord.flows;

import co.paralleluniverse.fibers.Suspendable;
import io.cordaoperator.creditrecord.contracts.CreditRecordContract.Commands;
import io.cordaoperator.creditrecord.contracts.CreditRecordState;
import io.cordaoperator.creditrecord.flows.CreditRecordRefused.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import net.corda.core.contracts.StateAndRef;
import net.corda.core.flows.FlowException;
import net.corda.core.flows.FlowLogic;
import net.corda.core.flows.StartableByRPC;
import net.corda.core.transactions.TransactionBuilder;
import net.corda.core.utilities.ProgressTracker;

/**
 * Replaces the newest version of a credit record that this bank wrote by the next one.
 *
 * <p>The same request, asked again, gets the result of the first time, at whichever node of the bank.
 */
@StartableByRPC
public final class UpdateCreditRecord extends FlowLogic<WrittenRecord> {
    /** What another node of the bank has just written may still be on its way to this one. */
    private static final int LOOKS = 20;
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(250);

    private static final ProgressTracker.Step FINDING = new ProgressTracker.Step("Finding the newest version");
    private static final ProgressTracker.Step WRITING = new ProgressTracker.Step("Writing the next version");

    private final ProgressTracker progressTracker = new ProgressTracker(FINDING, WRITING);
    private final UUID recordId;
    private final int expectedVersion;
    private final int score;
    private final String historyReference;
    private final String requestId;

    /**
     * Makes the flow.
     *
     * @param recordId the record's linear id
     * @param expectedVersion the version that the caller has seen; if there is a newer one, the update is refused
     * @param requestId the request's idempotency key
     * @see CreditRecordState
     */
    public UpdateCreditRecord(
            UUID recordId, int expectedVersion, int score, String historyReference, String requestId) {
        this.recordId = recordId;
        this.expectedVersion = expectedVersion;
        this.score = score;
        this.historyReference = historyReference;
        this.requestId = requestId;
    }

    @Override
    public ProgressTracker getProgressTracker() {
        return progressTracker;
    }

    @Suspendable
    @Override
    public WrittenRecord call() throws FlowException {
        progressTracker.setCurrentStep(FINDING);
        StateAndRef<CreditRecordState> newest = find();
        String organisation = getOurIdentity().getName().getOrganisation();
        StateAndRef<CreditRecordState> written = new Records(getServiceHub()).writtenFor(organisation, requestId);
        if (written != null) {
            return sameAsAsked(written);
        }
        CreditRecordState old = newest.getState().getData();
        if (!old.writerOrganisation().equals(organisation)) {
            throw new CreditRecordRefused(Reason.NOT_THE_WRITER, "The record " + recordId + " was written by "
                + old.writerOrganisation() + ", so " + organisation + " may not update it.");
        }
        if (old.getVersion() != expectedVersion) {
            throw wrongVersion("its newest version is " + old.getVersion());
        }
        progressTracker.setCurrentStep(WRITING);
        TransactionBuilder builder = new TransactionBuilder(newest.getState().getNotary()).addInputState(newest);
        return subFlow(new WriteCreditRecord(builder, next(old), new Commands.Update()));
    }

    @Suspendable
    private StateAndRef<CreditRecordState> find() throws FlowException {
        Records records = new Records(getServiceHub());
        StateAndRef<CreditRecordState> newest = records.newest(recordId);
        for (int looks = 1; looks < LOOKS && isBehind(newest); looks++) {
            sleep(BETWEEN_LOOKS);
            newest = records.newest(recordId);
        }
        if (newest == null) {
            throw new CreditRecordRefused(Reason.UNKNOWN_RECORD, "This node has no record " + recordId + ".");
        }
        return newest;
    }

    private boolean isBehind(StateAndRef<CreditRecordState> newest) {
        return newest == null || newest.getState().getData().getVersion() < expectedVersion;
    }

    private CreditRecordState next(CreditRecordState old) throws CreditRecordRefused {
        Banks banks = new Banks(getServiceHub());
        Instant now = WriteCreditRecord.now(getServiceHub());
        // The clocks of the bank's nodes may differ.
        Instant time = now.isBefore(old.getTime()) ? old.getTime() : now;
        return new CreditRecordState(
            old.getLinearId(), old.getSubject(), score, historyReference, time, old.getVersion() + 1, requestId,
            banks.nodesOf(old.writerOrganisation()), banks.nodesOf(old.counterpartyOrganisation()));
    }

    private WrittenRecord sameAsAsked(StateAndRef<CreditRecordState> written) throws CreditRecordRefused {
        CreditRecordState record = written.getState().getData();
        if (record.getLinearId().getId().equals(recordId) && record.getVersion() == expectedVersion + 1
                && record.getScore() == score && record.getHistoryReference().equals(historyReference)) {
            return WrittenRecord.of(written.getRef().getTxhash(), record);
        }
        throw new CreditRecordRefused(Reason.REQUEST_ID_REUSED, "Version " + record.getVersion() + " of the record "
            + record.getLinearId().getId() + " was written for the request id \"" + requestId
            + "\", with another content. Each request needs an id of its own.");
    }

    private CreditRecordRefused wrongVersion(String found) {
        return new CreditRecordRefused(Reason.WRONG_VERSION, "The record " + recordId + " was expected to have version "
            + expectedVersion + ", but " + found + ". Read it again, and decide with that.");
    }
}
