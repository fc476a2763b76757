package io.cordaoperator.creditrecord.flows;

/** The family of the schemas of signed requests, one of which follows the other. */
public final class SignedRequestSchema {
    private SignedRequestSchema() {
    }
}
