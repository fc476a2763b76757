package io.cordaoperator.creditrecord.flows;

import co.paralleluniverse.fibers.Suspendable;
import java.util.List;
import net.corda.core.crypto.SecureHash;
import net.corda.core.flows.FlowLogic;
import net.corda.core.flows.InitiatingFlow;
import net.corda.core.identity.Party;

/**
 * Tells nodes of a transaction that they keep a record of, and waits for none of them.
 *
 * <p>A message to a node that is down stays in this node's queue until it is back, over restarts of both.
 */
@InitiatingFlow
final class AnnounceCreditRecord extends FlowLogic<Void> {
    private final SecureHash transactionId;
    private final List<Party> nodes;

    AnnounceCreditRecord(SecureHash transactionId, List<Party> nodes) {
        this.transactionId = transactionId;
        this.nodes = nodes;
    }

    @Suspendable
    @Override
    public Void call() {
        for (Party node : nodes) {
            initiateFlow(node).send(transactionId);
        }
        return null;
    }
}
