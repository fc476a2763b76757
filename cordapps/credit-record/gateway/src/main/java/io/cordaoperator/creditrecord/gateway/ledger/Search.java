package io.cordaoperator.creditrecord.gateway.ledger;

import java.time.Instant;
import java.util.Optional;

/**
 * Which of the newest versions to find.
 *
 * @param from written at this time or later
 * @param until written before this time
 * @param page from 0
 */
public record Search(Optional<String> subject, Optional<Instant> from, Optional<Instant> until, int page, int size) {
}
