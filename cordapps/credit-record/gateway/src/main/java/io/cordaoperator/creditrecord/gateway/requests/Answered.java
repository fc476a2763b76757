package io.cordaoperator.creditrecord.gateway.requests;

/** An answer, and the legal name of the node that gave it. */
public record Answered<T>(T value, String node) {
}
