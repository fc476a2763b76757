package io.cordaoperator.creditrecord.gateway.corda;

import static org.assertj.core.api.Assertions.assertThat;

import io.cordaoperator.creditrecord.flows.CreditRecordRefused;
import io.cordaoperator.creditrecord.gateway.ledger.NodeFailure;
import net.corda.client.rpc.ConnectionFailureException;
import net.corda.client.rpc.PermissionException;
import net.corda.client.rpc.RPCException;
import net.corda.core.flows.FlowException;
import net.corda.nodeapi.exceptions.RejectedCommandException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RpcErrorsTest {
    @Test
    void aBrokenConnectionLeavesTheEffectOpen() {
        assertThat(RpcErrors.translated(new ConnectionFailureException(null))).isInstanceOf(NodeFailure.Lost.class);
        assertThat(RpcErrors.translated(new RPCException("RPC server is not available.")))
            .isInstanceOf(NodeFailure.Lost.class);
    }

    @Test
    void aDrainingNodeTurnedTheCallAway() {
        NodeFailure failure = RpcErrors.translated(new RejectedCommandException("Node is draining before shutdown."));
        assertThat(failure).isInstanceOf(NodeFailure.TurnedAway.class);
    }

    @ParameterizedTest
    @EnumSource
    void everyReasonOfTheFlowsIsKnown(CreditRecordRefused.Reason reason) {
        NodeFailure failure = RpcErrors.translated(new CreditRecordRefused(reason, "because"));
        assertThat(((NodeFailure.Refused) failure).reason().name()).isEqualTo(reason.name());
        assertThat(failure).hasMessage("because");
    }

    @Test
    void aMissingPermissionIsNoFailureOfTheNode() {
        assertThat(RpcErrors.translated(new PermissionException("may not")))
            .isInstanceOf(NodeFailure.NotPermitted.class);
    }

    @Test
    void anythingElseIsAFailure() {
        assertThat(RpcErrors.translated(new FlowException("no"))).isInstanceOf(NodeFailure.Failed.class);
    }
}
