package io.cordaoperator.creditrecord.gateway.ledger;

import java.util.List;

/** One page of what was found, and how much was found in all. */
public record RecordPage(List<CreditRecord> records, long total) {
}
