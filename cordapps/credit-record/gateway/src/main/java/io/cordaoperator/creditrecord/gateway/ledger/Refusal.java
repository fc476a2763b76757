package io.cordaoperator.creditrecord.gateway.ledger;

/** Why the ledger's rules are against a record; the same reasons as the flows'. */
public enum Refusal {
    INVALID,
    UNKNOWN_ORGANISATION,
    UNKNOWN_RECORD,
    WRONG_VERSION,
    NOT_THE_WRITER,
    REQUEST_ID_REUSED,
    REQUEST_IN_PROGRESS,
    NOT_SIGNED,
    NO_NOTARY,
}
