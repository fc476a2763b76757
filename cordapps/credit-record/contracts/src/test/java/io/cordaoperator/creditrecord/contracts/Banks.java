package io.cordaoperator.creditrecord.contracts;

import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import net.corda.core.contracts.UniqueIdentifier;
import net.corda.core.identity.CordaX500Name;
import net.corda.core.identity.Party;
import net.corda.testing.core.TestIdentity;

/** The banks of the tests, and a record of theirs that tests change one thing of. */
final class Banks {
    static final TestIdentity A_1 = new TestIdentity(new CordaX500Name("Node 1", "Bank A", "London", "GB"));
    static final TestIdentity A_2 = new TestIdentity(new CordaX500Name("Node 2", "Bank A", "London", "GB"));
    static final TestIdentity B = new TestIdentity(new CordaX500Name("Bank B", "Paris", "FR"));
    static final TestIdentity C = new TestIdentity(new CordaX500Name("Bank C", "Rome", "IT"));
    static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

    UniqueIdentifier linearId = new UniqueIdentifier(null, new UUID(0, 1));
    String subject = "a subject";
    int score = 500;
    String historyReference = "history/1";
    Instant time = NOON;
    int version = 1;
    String requestId = "a request";
    List<Party> writers = Arrays.asList(A_1.getParty(), A_2.getParty());
    List<Party> counterparties = Collections.singletonList(B.getParty());

    CreditRecordState record() {
        return new CreditRecordState(
            linearId, subject, score, historyReference, time, version, requestId, writers, counterparties);
    }
}
