package io.cordaoperator.creditrecord.gateway.ledger;

import java.time.Instant;
import java.util.UUID;

/** A version of a record that is on the ledger, and the transaction that it is in. */
public record WrittenVersion(UUID id, int version, String transactionId, Instant time) {
}
