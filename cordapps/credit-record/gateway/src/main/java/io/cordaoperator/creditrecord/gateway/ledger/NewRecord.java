package io.cordaoperator.creditrecord.gateway.ledger;

/** What the first version of a record is to say, and with which organisation to share it. */
public record NewRecord(String subject, int score, String historyReference, String counterparty) {
}
