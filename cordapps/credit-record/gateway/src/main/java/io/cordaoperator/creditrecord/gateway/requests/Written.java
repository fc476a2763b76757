package io.cordaoperator.creditrecord.gateway.requests;

import io.cordaoperator.creditrecord.gateway.ledger.WrittenVersion;

/** What was written for a request, by which node of which bank, and the key by which asking again gets the same. */
public record Written(WrittenVersion version, String bank, String node, String key) {
}
