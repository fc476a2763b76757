package io.cordaoperator.creditrecord.gateway.requests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.cordaoperator.creditrecord.gateway.ledger.NewRecord;
import io.cordaoperator.creditrecord.gateway.ledger.NodeFailure;
import io.cordaoperator.creditrecord.gateway.ledger.RecordUpdate;
import io.cordaoperator.creditrecord.gateway.ledger.Refusal;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class UpdatesTest {
    private static final NodeFailure LOST = new NodeFailure.Lost("gone", null);
    private static final NodeFailure WRONG_VERSION =
        new NodeFailure.Refused(Refusal.WRONG_VERSION, "it has version 2", null);

    private final FakeBank bank = new FakeBank(Duration.ofSeconds(20), "one", "two");
    private UUID id;

    @BeforeEach
    void aRecord() {
        // The other node's turn is next.
        id = bank.creates().create(new NewRecord("customer-1", 700, "file/1", "Bank B"), Optional.empty())
            .version().id();
        bank.asked.clear();
    }

    @Test
    void whatWasJustWrittenIsUpdatedAtTheNodeThatHasIt() {
        for (int version = 1; version < 4; version++) {
            RecordUpdate update = new RecordUpdate(id, version, 700 + version, "file/2");
            assertThat(bank.updatesWhereCreated().update(update, Optional.of("key-" + version)).node())
                .isEqualTo("one");
        }
    }

    @Test
    void whatIsJustWrittenButAtANodeThatIsLostIsUpdatedAtAnother() {
        bank.fails("one", LOST);
        assertThat(bank.updatesWhereCreated().update(update(), Optional.empty()).node()).isEqualTo("two");
    }

    @Test
    void whatWasJustWrittenIsWaitedForIfItsNodeIsAway() {
        NodeFailure unknown = new NodeFailure.Refused(Refusal.UNKNOWN_RECORD, "no such record", null);
        bank.fails("one", LOST);
        bank.fails("two", unknown);
        bank.fails("two", unknown);
        assertThat(bank.updatesWhereCreated().update(update(), Optional.empty()).node()).isEqualTo("two");
    }

    @Test
    void whatWasJustWrittenIsNotUnknownThoughItsNodeIsAway() {
        FakeBank impatient = new FakeBank(Duration.ofMillis(50), "one");
        UUID written = impatient.creates().create(new NewRecord("customer-1", 700, "file/1", "Bank B"), Optional.empty())
            .version().id();
        for (int times = 0; times < 10; times++) {
            impatient.fails("one", new NodeFailure.Refused(Refusal.UNKNOWN_RECORD, "no such record", null));
        }
        RecordUpdate update = new RecordUpdate(written, 1, 735, "file/2");
        assertThatThrownBy(() -> impatient.updatesWhereCreated().update(update, Optional.empty()))
            .isInstanceOf(RequestFailure.NoNode.class);
    }

    @Test
    void whatWasJustWrittenIsReadFromTheNodeThatHasIt() {
        for (int times = 0; times < 3; times++) {
            assertThat(bank.readsWhereCreated().find(id).node()).isEqualTo("one");
        }
    }

    @Test
    void whatWasLostInFlightIsTriedAgainAtOnceAtAnotherNode() {
        bank.fails("two", LOST);
        Written written = bank.updates().update(update(), Optional.empty());
        assertThat(written.node()).isEqualTo("one");
        assertThat(written.version().version()).isEqualTo(2);
        assertThat(bank.asked).containsExactly("two " + written.key(), "one " + written.key());
    }

    @Test
    void anUpdateThatCannotReplaceWhatItReplacedItselfHasSucceeded() {
        bank.failsAfterEffect("two", LOST, () -> bank.fails("one", WRONG_VERSION));
        Written written = bank.updates().update(update(), Optional.empty());
        assertThat(written.version().version()).isEqualTo(2);
        assertThat(written.version().transactionId()).isEqualTo("T1");
    }

    @Test
    void anUpdateOfAnOlderVersionIsToldTheCurrentOne() {
        bank.updates().update(update(), Optional.empty());
        bank.fails("one", WRONG_VERSION);
        bank.fails("two", WRONG_VERSION);
        RequestFailure.Refused failure = catchThrowableOfType(
            RequestFailure.Refused.class, () -> bank.updates().update(update(), Optional.empty()));
        assertThat(failure.reason()).isEqualTo(Refusal.WRONG_VERSION);
        assertThat(failure.currentVersion()).contains(2);
    }

    @Test
    void aRepeatedUpdateGoesToTheNodeThatHadIt() {
        Written first = bank.updates().update(update(), Optional.empty());
        Written again = bank.updates().update(update(), Optional.of(first.key()));
        assertThat(again).isEqualTo(first);
    }

    @Test
    void aRecordThatOneNodeDoesNotKnowYetIsLookedForAtTheOther() {
        bank.fails("two", new NodeFailure.Refused(Refusal.UNKNOWN_RECORD, "no such record", null));
        assertThat(bank.updates().update(update(), Optional.empty()).node()).isEqualTo("one");
    }

    @Test
    void aRecordThatNoNodeKnowsIsUnknown() {
        for (String node : bank.nodes) {
            bank.fails(node, new NodeFailure.Refused(Refusal.UNKNOWN_RECORD, "no such record", null));
        }
        assertThatThrownBy(() -> bank.updates().update(update(), Optional.empty()))
            .isInstanceOf(RequestFailure.Unknown.class);
    }

    @Test
    void whatEveryNodeTurnsAwayIsTriedAgain() {
        for (String node : bank.nodes) {
            bank.fails(node, new NodeFailure.TurnedAway("draining", null));
        }
        assertThat(bank.updates().update(update(), Optional.empty()).version().version()).isEqualTo(2);
        assertThat(bank.asked).hasSize(3);
    }

    @Test
    void whatNobodyCanBeAskedAboutAnyMoreIsLeftOpen() {
        FakeBank impatient = new FakeBank(Duration.ofMillis(50), "one");
        impatient.fails("one", LOST);
        RequestFailure.Open failure = catchThrowableOfType(
            RequestFailure.Open.class, () -> impatient.updates().update(update(), Optional.empty()));
        assertThat(failure.isRunning()).isFalse();
        assertThat(failure.key()).isNotBlank();
    }

    @Test
    void anotherBanksRecordStaysAsItIs() {
        bank.fails("two", new NodeFailure.Refused(Refusal.NOT_THE_WRITER, "not yours", null));
        assertThatThrownBy(() -> bank.updates().update(update(), Optional.empty()))
            .isInstanceOf(RequestFailure.Refused.class).hasMessage("not yours");
    }

    private RecordUpdate update() {
        return new RecordUpdate(id, 1, 735, "file/2");
    }
}
