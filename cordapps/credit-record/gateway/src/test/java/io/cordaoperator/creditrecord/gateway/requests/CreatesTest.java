package io.cordaoperator.creditrecord.gateway.requests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.cordaoperator.creditrecord.gateway.ledger.NewRecord;
import io.cordaoperator.creditrecord.gateway.ledger.NodeFailure;
import io.cordaoperator.creditrecord.gateway.ledger.Refusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CreatesTest {
    private static final NewRecord RECORD = new NewRecord("customer-1", 700, "file/1", "Bank B");
    private static final NodeFailure LOST = new NodeFailure.Lost("gone", null);
    private static final NodeFailure DRAINING = new NodeFailure.TurnedAway("draining", null);

    private final FakeBank bank = new FakeBank(Duration.ofSeconds(20), "one", "two");

    @Test
    void requestsWithoutAKeyGoRoundTheNodes() {
        List<String> nodes = new ArrayList<>();
        for (int number = 0; number < 4; number++) {
            nodes.add(bank.creates().create(RECORD, Optional.empty()).node());
        }
        assertThat(nodes).containsExactly("one", "two", "one", "two");
    }

    @Test
    void theGatewaysOwnKeyLeadsBackToTheNodeThatHadIt() {
        for (int number = 0; number < 10; number++) {
            Written first = bank.creates().create(RECORD, Optional.empty());
            Written again = bank.creates().create(RECORD, Optional.of(first.key()));
            assertThat(again).isEqualTo(first);
        }
        assertThat(bank.written()).hasSize(10);
    }

    @Test
    void aCallersKeyHasOneHomeAtAllReplicas() {
        FakeBank otherReplica = new FakeBank(Duration.ofSeconds(20), "two", "one");
        for (int number = 0; number < 10; number++) {
            Optional<String> key = Optional.of("key-" + number);
            assertThat(otherReplica.creates().create(RECORD, key).node())
                .isEqualTo(bank.creates().create(RECORD, key).node());
        }
    }

    @Test
    void whatWasLostInFlightIsAskedOfAnotherNodeWithTheSameKey() {
        bank.failsAfterEffect("one", LOST, () -> { });
        Written written = bank.creates().create(RECORD, Optional.empty());
        assertThat(bank.asked).containsExactly("one " + written.key(), "two " + written.key());
        assertThat(bank.written()).hasSize(1);
        assertThat(bank.count("credit.gateway.retries", "operation", "create", "reason", "connection_lost")).isOne();
    }

    @Test
    void whatWasLostAtTheOnlyNodeIsAskedAgainWhenThatIsBack() {
        FakeBank small = new FakeBank(Duration.ofSeconds(20), "one");
        small.failsAfterEffect("one", LOST, () -> small.connect("one"));
        Written written = small.creates().create(RECORD, Optional.empty());
        assertThat(small.asked).containsExactly("one " + written.key(), "one " + written.key());
        assertThat(small.written()).hasSize(1);
    }

    @Test
    void whatWasLostWithoutAnotherNodeIsLeftOpenUnderItsKey() {
        FakeBank impatient = new FakeBank(Duration.ofMillis(50), "one");
        impatient.fails("one", LOST);
        RequestFailure.Open failure = catchThrowableOfType(
            RequestFailure.Open.class, () -> impatient.creates().create(RECORD, Optional.empty()));
        assertThat(failure.isRunning()).isFalse();
        assertThat(impatient.asked).containsExactly("one " + failure.key());
        assertThat(failure).hasMessageContaining("Repeat the request with the same key");
    }

    @Test
    void aCallersKeyWhoseHomeIsAwayIsAskedOfAnotherNode() {
        FakeBank halfABank = new FakeBank(Duration.ofSeconds(20), "one");
        halfABank.nodes.add("two");
        String key = keyOf("two", halfABank);
        assertThat(halfABank.creates().create(RECORD, Optional.of(key)).node()).isEqualTo("one");
    }

    @Test
    void aCallersKeyIsLeftOpenWithoutAnyNode() {
        FakeBank nobody = new FakeBank(Duration.ofMillis(50));
        RequestFailure.Open failure = catchThrowableOfType(
            RequestFailure.Open.class, () -> nobody.creates().create(RECORD, Optional.of("again")));
        assertThat(failure.key()).isEqualTo("again");
    }

    @Test
    void whatANodeTurnedAwayIsBegunAtAnotherWithTheSameKey() {
        String key = keyOf("one", bank);
        bank.fails("one", DRAINING);
        assertThat(bank.creates().create(RECORD, Optional.of(key)).node()).isEqualTo("two");
        assertThat(bank.asked).containsExactly("one " + key, "two " + key);
    }

    @Test
    void aRequestThatIsStillRunningIsLeftToRun() {
        bank.fails("one", new NodeFailure.StillRunning("busy"));
        RequestFailure.Open failure = catchThrowableOfType(
            RequestFailure.Open.class, () -> bank.creates().create(RECORD, Optional.empty()));
        assertThat(failure.isRunning()).isTrue();
        assertThat(bank.asked).hasSize(1);
    }

    @Test
    void aRefusalIsFinal() {
        bank.fails("one", new NodeFailure.Refused(Refusal.REQUEST_ID_REUSED, "used", null));
        RequestFailure.Refused failure = catchThrowableOfType(
            RequestFailure.Refused.class, () -> bank.creates().create(RECORD, Optional.empty()));
        assertThat(failure.reason()).isEqualTo(Refusal.REQUEST_ID_REUSED);
        assertThat(bank.asked).hasSize(1);
    }

    @Test
    void aRequestThatAnotherNodeIsAtIsLookedForRoundTheNodesUntilItIsDone() {
        String key = keyOf("two", bank);
        NodeFailure inProgress = new NodeFailure.Refused(Refusal.REQUEST_IN_PROGRESS, "wait", null);
        bank.fails("two", inProgress);
        bank.fails("one", inProgress);
        assertThat(bank.creates().create(RECORD, Optional.of(key)).node()).isEqualTo("two");
        assertThat(bank.asked).containsExactly("two " + key, "one " + key, "two " + key);
    }

    @Test
    void aRequestThatStaysInProgressElsewhereIsLeftOpen() {
        FakeBank impatient = new FakeBank(Duration.ofMillis(50), "one");
        NodeFailure inProgress = new NodeFailure.Refused(Refusal.REQUEST_IN_PROGRESS, "wait", null);
        for (int times = 0; times < 10; times++) {
            impatient.fails("one", inProgress);
        }
        RequestFailure.Open failure = catchThrowableOfType(
            RequestFailure.Open.class, () -> impatient.creates().create(RECORD, Optional.of("taken")));
        assertThat(failure.key()).isEqualTo("taken");
    }

    @Test
    void withoutAnyNodeNothingIsBegun() {
        FakeBank nobody = new FakeBank(Duration.ofMillis(50));
        assertThatThrownBy(() -> nobody.creates().create(RECORD, Optional.empty()))
            .isInstanceOf(RequestFailure.NoNode.class);
    }

    @Test
    void aFlowThatFailsUnforeseenIsNotTriedAgain() {
        bank.fails("one", new NodeFailure.Failed("out of disk", null));
        assertThatThrownBy(() -> bank.creates().create(RECORD, Optional.empty()))
            .isInstanceOf(RequestFailure.Broken.class).hasMessageContaining("out of disk");
        assertThat(bank.asked).hasSize(1);
    }

    private static String keyOf(String home, FakeBank bank) {
        return Homes.newKey(home, bank.nodes);
    }
}
