package io.cordaoperator.creditrecord.gateway.corda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cordaoperator.creditrecord.flows.CreateCreditRecord;
import io.cordaoperator.creditrecord.flows.CreditRecordRefused;
import io.cordaoperator.creditrecord.flows.WrittenRecord;
import io.cordaoperator.creditrecord.gateway.ledger.NodeFailure;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import net.corda.core.concurrent.CordaFuture;
import net.corda.core.internal.concurrent.CordaFutureImpl;
import net.corda.core.messaging.CordaRPCOps;
import net.corda.core.messaging.FlowHandleWithClientId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.mockito.Mockito;

class CallsTest {
    private static final long PATIENCE_MILLIS = 20_000;
    private static final Duration PATIENCE = Duration.ofMillis(PATIENCE_MILLIS);
    private static final WrittenRecord WRITTEN =
        new WrittenRecord("T1", UUID.randomUUID(), 1, Instant.parse("2026-05-04T10:00:00Z"));

    private final Calls calls = new Calls(Duration.ofMillis(200));
    private final CordaRPCOps node = Mockito.mock(CordaRPCOps.class);
    private final CordaFutureImpl<WrittenRecord> flow = new CordaFutureImpl<>(new CompletableFuture<>());

    @AfterEach
    void close() {
        calls.close();
    }

    @Test
    void aNodeThatDoesNotAnswerIsAsGoodAsLost() {
        CountDownLatch never = new CountDownLatch(1);
        assertThatThrownBy(() -> calls.answer(() -> {
            never.await();
            return null;
        })).isInstanceOf(NodeFailure.Lost.class);
    }

    @Test
    void aFlowThatWentWellIsForgotten() {
        flow.set(WRITTEN);
        assertThat(result(PATIENCE)).isSameAs(WRITTEN);
        Mockito.verify(node, Mockito.timeout(PATIENCE_MILLIS)).removeClientId("id");
    }

    @Test
    void aFlowThatWasRefusedIsForgottenBeforeItsCallerHearsOfIt() {
        flow.setException(new CreditRecordRefused(CreditRecordRefused.Reason.INVALID, "because"));
        assertThatThrownBy(() -> result(PATIENCE)).isInstanceOf(NodeFailure.Refused.class).hasMessage("because");
        Mockito.verify(node).removeClientId("id");
    }

    @Test
    void aFlowThatTakesLongerIsKept() {
        assertThatThrownBy(() -> result(Duration.ofMillis(10))).isInstanceOf(NodeFailure.StillRunning.class);
        Mockito.verify(node, Mockito.never()).removeClientId("id");
    }

    @Test
    void whoeverWaitsForAFlowHearsThatTheConnectionIsClosed() throws Exception {
        CompletableFuture<WrittenRecord> waiting = CompletableFuture.supplyAsync(() -> result(PATIENCE));
        Mockito.verify(node, Mockito.timeout(PATIENCE_MILLIS))
            .startFlowDynamicWithClientId(Mockito.eq("id"), Mockito.any(), Mockito.any());
        calls.close();
        assertThatThrownBy(waiting::get).isInstanceOf(ExecutionException.class)
            .hasCauseInstanceOf(NodeFailure.Lost.class);
    }

    @Test
    void aResultStandsThoughTheNodeCannotForgetItsFlow() {
        Mockito.when(node.removeClientId("id")).thenThrow(new IllegalArgumentException("may not"));
        flow.set(WRITTEN);
        assertThat(result(PATIENCE)).isSameAs(WRITTEN);
    }

    private WrittenRecord result(Duration timeout) {
        FlowHandleWithClientId<WrittenRecord> handle = handle(flow);
        Mockito.when(node.startFlowDynamicWithClientId(
            Mockito.eq("id"), Mockito.<Class<CreateCreditRecord>>any(), Mockito.any())).thenReturn(handle);
        return calls.result(node, "id", timeout, CreateCreditRecord.class, "subject");
    }

    private static FlowHandleWithClientId<WrittenRecord> handle(CordaFuture<WrittenRecord> future) {
        @SuppressWarnings("unchecked")
        FlowHandleWithClientId<WrittenRecord> handle = Mockito.mock(FlowHandleWithClientId.class);
        Mockito.when(handle.getReturnValue()).thenReturn(future);
        return handle;
    }
}
