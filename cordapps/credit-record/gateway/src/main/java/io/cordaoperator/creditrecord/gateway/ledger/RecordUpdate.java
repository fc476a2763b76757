package io.cordaoperator.creditrecord.gateway.ledger;

import java.util.UUID;

/** What the version that follows {@code expectedVersion} is to say. */
public record RecordUpdate(UUID id, int expectedVersion, int score, String historyReference) {
}
