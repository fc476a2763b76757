package io.cordaoperator.creditrecord.contracts;

/** The family of the schemas of credit records, one of which follows the other. */
public final class CreditRecordSchema {
    private CreditRecordSchema() {
    }
}
