package io.cordaoperator.creditrecord.contracts;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import net.corda.core.contracts.BelongsToContract;
import net.corda.core.contracts.LinearState;
import net.corda.core.contracts.UniqueIdentifier;
import net.corda.core.identity.AbstractParty;
import net.corda.core.identity.Party;
import net.corda.core.schemas.MappedSchema;
import net.corda.core.schemas.PersistentState;
import net.corda.core.schemas.QueryableState;
import net.corda.core.serialization.ConstructorForDeserialization;

/**
 * One version of what a bank says about the credit of a subject, shared with one other bank.
 *
 * <p>A bank is an organisation (the O of legal names), since that is what a consortium admits. All nodes of both banks
 * are participants, so that each of them keeps the record.
 */
@BelongsToContract(CreditRecordContract.class)
public final class CreditRecordState implements LinearState, QueryableState {
    private final UniqueIdentifier linearId;
    private final String subject;
    private final int score;
    private final String historyReference;
    private final Instant time;
    private final int version;
    private final String requestId;
    private final List<Party> writers;
    private final List<Party> counterparties;

    /**
     * Makes a version of a record.
     *
     * @param linearId the record's id, the same in all its versions
     * @param subject whom the record is about
     * @param score from {@value CreditRecordContract#LOWEST_SCORE} to {@value CreditRecordContract#HIGHEST_SCORE}
     * @param historyReference where the writing bank keeps the credit history behind the score
     * @param time when this version was written
     * @param version 1 for a new record, and one more with every update
     * @param requestId the idempotency key of the request that this version was written for
     * @param writers all nodes of the bank that wrote the record
     * @param counterparties all nodes of the bank it is shared with
     */
    @ConstructorForDeserialization
    public CreditRecordState(
            UniqueIdentifier linearId, String subject, int score, String historyReference, Instant time, int version,
            String requestId, List<Party> writers, List<Party> counterparties) {
        this.linearId = linearId;
        this.subject = subject;
        this.score = score;
        this.historyReference = historyReference;
        this.time = time;
        this.version = version;
        this.requestId = requestId;
        this.writers = Collections.unmodifiableList(new ArrayList<>(writers));
        this.counterparties = Collections.unmodifiableList(new ArrayList<>(counterparties));
    }

    @Override
    public UniqueIdentifier getLinearId() {
        return linearId;
    }

    public String getSubject() {
        return subject;
    }

    public int getScore() {
        return score;
    }

    public String getHistoryReference() {
        return historyReference;
    }

    public Instant getTime() {
        return time;
    }

    public int getVersion() {
        return version;
    }

    public String getRequestId() {
        return requestId;
    }

    public List<Party> getWriters() {
        return writers;
    }

    public List<Party> getCounterparties() {
        return counterparties;
    }

    /** Returns the organisation of the bank that wrote the record. */
    public String writerOrganisation() {
        return organisation(writers);
    }

    /** Returns the organisation of the bank that the record is shared with. */
    public String counterpartyOrganisation() {
        return organisation(counterparties);
    }

    @Override
    public List<AbstractParty> getParticipants() {
        List<AbstractParty> result = new ArrayList<>(writers);
        result.addAll(counterparties);
        return result;
    }

    @Override
    public Iterable<MappedSchema> supportedSchemas() {
        return Collections.singletonList(new CreditRecordSchemaV1());
    }

    @Override
    public PersistentState generateMappedObject(MappedSchema schema) {
        if (schema instanceof CreditRecordSchemaV1) {
            return new CreditRecordSchemaV1.PersistentCreditRecord(this);
        }
        throw new IllegalArgumentException("A credit record has no schema " + schema.getName() + ".");
    }

    /** Returns the organisations of some nodes. */
    static Set<String> organisations(List<Party> nodes) {
        return nodes.stream().map(node -> node.getName().getOrganisation()).collect(Collectors.toSet());
    }

    private static String organisation(List<Party> nodes) {
        return nodes.get(0).getName().getOrganisation();
    }
}
