package io.cordaoperator.creditrecord.gateway.corda;

import io.cordaoperator.creditrecord.flows.CreditRecordRefused;
import io.cordaoperator.creditrecord.gateway.ledger.NodeFailure;
import io.cordaoperator.creditrecord.gateway.ledger.Refusal;
import net.corda.client.rpc.PermissionException;
import net.corda.client.rpc.RPCException;
import net.corda.nodeapi.exceptions.RejectedCommandException;

/** What Corda throws, by what is known of the effect. */
final class RpcErrors {
    private RpcErrors() {
    }

    static NodeFailure translated(Throwable error) {
        if (error instanceof CreditRecordRefused refused) {
            return new NodeFailure.Refused(Refusal.valueOf(refused.getReason().name()), refused.getMessage(), error);
        }
        if (error instanceof RejectedCommandException) {
            return new NodeFailure.TurnedAway(error.getMessage(), error);
        }
        if (error instanceof PermissionException) {
            return new NodeFailure.NotPermitted(error.getMessage(), error);
        }
        if (error instanceof RPCException || error instanceof IllegalStateException) {
            // The latter is what a client that is closed says.
            return new NodeFailure.Lost("The connection is lost: " + error.getMessage(), error);
        }
        return new NodeFailure.Failed(error.toString(), error);
    }
}
