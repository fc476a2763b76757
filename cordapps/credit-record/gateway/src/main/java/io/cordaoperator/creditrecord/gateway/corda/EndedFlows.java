package io.cordaoperator.creditrecord.gateway.corda;

import io.cordaoperator.creditrecord.gateway.ledger.NodeFailure;
import java.util.Set;
import java.util.stream.Collectors;
import net.corda.core.messaging.CordaRPCOps;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a node forget flows of the gateway that ended while nobody waited for them.
 *
 * <p>Corda keeps the result of a flow that has a client id until it is told to forget it, and takes it for a flow in
 * flight when its database is to be migrated.
 */
final class EndedFlows {
    private static final Logger LOG = LoggerFactory.getLogger(EndedFlows.class);

    private final CordaRPCOps proxy;
    private final Calls calls;
    private Set<String> before = Set.of();
    private boolean permitted = true;

    EndedFlows(CordaRPCOps proxy, Calls calls) {
        this.proxy = proxy;
        this.calls = calls;
    }

    /** Has those forgotten that had ended the last time already: somebody may have come back for the others. */
    synchronized void forget() {
        if (!permitted) {
            return;
        }
        try {
            Set<String> ended = calls.answer(proxy::finishedFlowsWithClientIds).keySet().stream()
                .filter(ClientIds::isOurs).collect(Collectors.toSet());
            ended.stream().filter(before::contains).forEach(clientId -> calls.forget(proxy, clientId));
            before = ended;
        } catch (NodeFailure.NotPermitted error) {
            permitted = false;
            LOG.warn("Flows that end while nobody waits are kept by the node, and will be in the way of a migration of"
                + " its database. Give the RPC user InvokeRpc.finishedFlowsWithClientIds: {}", error.getMessage());
        }
    }
}
