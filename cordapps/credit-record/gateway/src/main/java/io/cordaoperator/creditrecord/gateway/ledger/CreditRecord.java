package io.cordaoperator.creditrecord.gateway.ledger;

import java.time.Instant;
import java.util.UUID;

/**
 * A version of a record as a node has it.
 *
 * @param bank the organisation that wrote it
 * @param counterparty the organisation it is shared with
 */
public record CreditRecord(
        UUID id, int version, String transactionId, String subject, int score, String historyReference, Instant time,
        String bank, String counterparty) {
}
