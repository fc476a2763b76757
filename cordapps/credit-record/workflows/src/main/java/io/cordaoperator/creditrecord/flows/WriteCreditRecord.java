package io.cordaoperator.creditrecord.flows;

import co.paralleluniverse.fibers.Suspendable;
import io.cordaoperator.creditrecord.contracts.CreditRecordContract;
import io.cordaoperator.creditrecord.contracts.CreditRecordState;
import io.cordaoperator.creditrecord.flows.CreditRecordRefused.Reason;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.corda.core.contracts.TimeWindow;
import net.corda.core.contracts.TransactionVerificationException;
import net.corda.core.crypto.TransactionSignature;
import net.corda.core.flows.CollectSignaturesFlow;
import net.corda.core.flows.FlowException;
import net.corda.core.flows.FlowLogic;
import net.corda.core.flows.FlowSession;
import net.corda.core.flows.InitiatingFlow;
import net.corda.core.flows.NotaryError;
import net.corda.core.flows.NotaryException;
import net.corda.core.flows.NotaryFlow;
import net.corda.core.flows.SendTransactionFlow;
import net.corda.core.identity.Party;
import net.corda.core.node.ServiceHub;
import net.corda.core.node.StatesToRecord;
import net.corda.core.transactions.SignedTransaction;
import net.corda.core.transactions.TransactionBuilder;
import net.corda.core.utilities.ProgressTracker;

/**
 * Has a version of a record signed by one node of the other bank and by the notary; all other nodes of both get it.
 *
 * <p>Only one node of each bank takes part, so that a node that is down holds up no record but those that fall to it.
 */
@InitiatingFlow
final class WriteCreditRecord extends FlowLogic<WrittenRecord> {
    /** How much a notary's clock may be behind a bank's. */
    private static final Duration CLOCKS_DIFFER = Duration.ofMinutes(1);

    private static final ProgressTracker.Step SIGNING = new ProgressTracker.Step("Signing");
    private static final ProgressTracker.Step COLLECTING = new ProgressTracker.Step("Waiting for the other bank");
    private static final ProgressTracker.Step FINALISING = new ProgressTracker.Step("Waiting for the notary");
    private static final ProgressTracker.Step HANDING_OVER = new ProgressTracker.Step("Handing over to the banks' other nodes");

    private final ProgressTracker progressTracker =
        new ProgressTracker(SIGNING, COLLECTING, FINALISING, HANDING_OVER);
    private final TransactionBuilder builder;
    private final CreditRecordState record;
    private final CreditRecordContract.Commands command;

    /** Makes the flow; {@code builder} has a notary and, for an update, the input. */
    WriteCreditRecord(TransactionBuilder builder, CreditRecordState record, CreditRecordContract.Commands command) {
        this.builder = builder;
        this.record = record;
        this.command = command;
    }

    /** Returns the time in a precision that every database keeps. */
    static Instant now(ServiceHub services) {
        return services.getClock().instant().truncatedTo(ChronoUnit.MILLIS);
    }

    @Override
    public ProgressTracker getProgressTracker() {
        return progressTracker;
    }

    @Suspendable
    @Override
    public WrittenRecord call() throws FlowException {
        Party signer = signer();
        progressTracker.setCurrentStep(SIGNING);
        SignedTransaction signed = sign(signer);
        FlowSession session = initiateFlow(signer);
        progressTracker.setCurrentStep(COLLECTING);
        SignedTransaction agreed =
            subFlow(new CollectSignaturesFlow(signed, Collections.singletonList(session)));
        progressTracker.setCurrentStep(FINALISING);
        SignedTransaction written = finalise(agreed, session);
        progressTracker.setCurrentStep(HANDING_OVER);
        List<Party> others = Stream.concat(record.getWriters().stream(), record.getCounterparties().stream())
            .filter(node -> !node.equals(getOurIdentity()) && !node.equals(signer))
            .collect(Collectors.toList());
        subFlow(new HandOverCreditRecord(written.getId(), others));
        return WrittenRecord.of(written.getId(), record);
    }

    /**
     * Returns the node of the other bank that signs: for one request always the same, whichever node asks, so that it
     * notices a request that comes again.
     */
    private Party signer() {
        List<Party> nodes = record.getCounterparties();
        return nodes.get(Math.floorMod(record.getRequestId().hashCode(), nodes.size()));
    }

    private SignedTransaction sign(Party signer) throws FlowException {
        // Without an end: a node of the other bank that is down now may sign when it is back.
        TimeWindow window = TimeWindow.fromOnly(getServiceHub().getClock().instant().minus(CLOCKS_DIFFER));
        builder
            .addOutputState(record)
            .addCommand(command, getOurIdentity().getOwningKey(), signer.getOwningKey())
            .setTimeWindow(window);
        try {
            builder.verify(getServiceHub());
        } catch (TransactionVerificationException.ContractRejection error) {
            throw new CreditRecordRefused(Reason.INVALID, error.getCause().getMessage());
        }
        return getServiceHub().signInitialTransaction(builder);
    }

    /**
     * Does what FinalityFlow does, with the one node that signed: that flow wants sessions with all participants and
     * waits for each of them.
     */
    @Suspendable
    private SignedTransaction finalise(SignedTransaction agreed, FlowSession session) throws FlowException {
        SignedTransaction written = agreed.withAdditionalSignatures(notarise(agreed));
        getServiceHub().recordTransactions(StatesToRecord.ONLY_RELEVANT, Collections.singleton(written));
        subFlow(new SendTransactionFlow(session, written));
        return written;
    }

    @Suspendable
    private List<TransactionSignature> notarise(SignedTransaction agreed) throws FlowException {
        try {
            return new ArrayList<>(subFlow(new NotaryFlow.Client(agreed)));
        } catch (NotaryException error) {
            if (error.getError() instanceof NotaryError.Conflict) {
                throw new CreditRecordRefused(Reason.WRONG_VERSION, "The record " + record.getLinearId().getId()
                    + " was expected to have version " + (record.getVersion() - 1) + ", but the notary knows that a newer"
                    + " one has replaced it meanwhile. Read it again, and decide with that.");
            }
            throw error;
        }
    }
}
