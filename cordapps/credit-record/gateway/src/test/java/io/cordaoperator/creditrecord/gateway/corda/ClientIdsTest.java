package io.cordaoperator.creditrecord.gateway.corda;

import static org.assertj.core.api.Assertions.assertThat;

import io.cordaoperator.creditrecord.gateway.ledger.NewRecord;
import org.junit.jupiter.api.Test;

class ClientIdsTest {
    private static final NewRecord RECORD = new NewRecord("customer-1", 700, "file/1", "Bank B");

    @Test
    void theSameRequestHasTheSameClientId() {
        assertThat(ClientIds.of("create", "key-1", RECORD)).isEqualTo(
            ClientIds.of("create", "key-1", new NewRecord("customer-1", 700, "file/1", "Bank B")));
    }

    @Test
    void anotherContentDoesNotMeetTheFlowOfTheFirst() {
        NewRecord other = new NewRecord("customer-1", 701, "file/1", "Bank B");
        assertThat(ClientIds.of("create", "key-1", other)).isNotEqualTo(ClientIds.of("create", "key-1", RECORD));
    }

    @Test
    void itIsShortEnoughForTheNodesDatabaseWhateverTheKey() {
        assertThat(ClientIds.of("create", "k".repeat(200), RECORD)).hasSizeLessThan(128);
    }
}
