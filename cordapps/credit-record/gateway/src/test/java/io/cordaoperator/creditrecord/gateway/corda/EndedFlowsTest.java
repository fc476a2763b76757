package io.cordaoperator.creditrecord.gateway.corda;

import java.time.Duration;
import java.util.Map;
import net.corda.client.rpc.PermissionException;
import net.corda.core.messaging.CordaRPCOps;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.mockito.Mockito;

class EndedFlowsTest {
    private final Calls calls = new Calls(Duration.ofSeconds(20));
    private final CordaRPCOps node = Mockito.mock(CordaRPCOps.class);
    private final EndedFlows flows = new EndedFlows(node, calls);

    @AfterEach
    void close() {
        calls.close();
    }

    @Test
    void whatHadEndedTheLastTimeIsForgotten() {
        Mockito.when(node.finishedFlowsWithClientIds())
            .thenReturn(Map.of("gateway-create-1", true))
            .thenReturn(Map.of("gateway-create-1", true, "gateway-update-2", false));
        flows.forget();
        Mockito.verify(node, Mockito.never()).removeClientId(Mockito.anyString());
        flows.forget();
        Mockito.verify(node).removeClientId("gateway-create-1");
        Mockito.verify(node, Mockito.never()).removeClientId("gateway-update-2");
        flows.forget();
        Mockito.verify(node).removeClientId("gateway-update-2");
    }

    @Test
    void flowsOfOthersAreKept() {
        Mockito.when(node.finishedFlowsWithClientIds()).thenReturn(Map.of("somebody-else", true));
        flows.forget();
        flows.forget();
        Mockito.verify(node, Mockito.never()).removeClientId(Mockito.anyString());
    }

    @Test
    void whoMayNotAskAsksOnce() {
        Mockito.when(node.finishedFlowsWithClientIds()).thenThrow(new PermissionException("no"));
        flows.forget();
        flows.forget();
        Mockito.verify(node).finishedFlowsWithClientIds();
    }
}
