package io.cordaoperator.creditrecord.flows;

import io.cordaoperator.creditrecord.contracts.CreditRecordState;
import java.time.Instant;
import java.util.UUID;
import net.corda.core.crypto.SecureHash;
import net.corda.core.serialization.ConstructorForDeserialization;
import net.corda.core.serialization.CordaSerializable;

/** What a flow has written: which version of which record, and the transaction it is in. */
@CordaSerializable
public final class WrittenRecord {
    private final String transactionId;
    private final UUID recordId;
    private final int version;
    private final Instant time;

    @ConstructorForDeserialization
    public WrittenRecord(String transactionId, UUID recordId, int version, Instant time) {
        this.transactionId = transactionId;
        this.recordId = recordId;
        this.version = version;
        this.time = time;
    }

    static WrittenRecord of(SecureHash transactionId, CreditRecordState record) {
        return new WrittenRecord(
            transactionId.toString(), record.getLinearId().getId(), record.getVersion(), record.getTime());
    }

    public String getTransactionId() {
        return transactionId;
    }

    public UUID getRecordId() {
        return recordId;
    }

    public int getVersion() {
        return version;
    }

    public Instant getTime() {
        return time;
    }
}
