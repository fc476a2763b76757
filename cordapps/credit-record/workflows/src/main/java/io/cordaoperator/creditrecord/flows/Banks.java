package io.cordaoperator.creditrecord.flows;

import io.cordaoperator.creditrecord.flows.CreditRecordRefused.Reason;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import net.corda.core.identity.Party;
import net.corda.core.node.NodeInfo;
import net.corda.core.node.ServiceHub;
import net.corda.core.node.services.NetworkMapCache;

/** Which nodes a bank has, as the network map says. */
final class Banks {
    private final NetworkMapCache map;

    Banks(ServiceHub services) {
        map = services.getNetworkMapCache();
    }

    /** Returns the nodes of an organisation without its notaries, in the same order at every node. */
    List<Party> nodesOf(String organisation) throws CreditRecordRefused {
        List<Party> nodes = map.getAllNodes().stream()
            .map(Banks::identity)
            .filter(node -> node.getName().getOrganisation().equals(organisation) && !map.isNotary(node))
            .sorted(Comparator.comparing(node -> node.getName().toString()))
            .collect(Collectors.toList());
        if (nodes.isEmpty()) {
            throw new CreditRecordRefused(Reason.UNKNOWN_ORGANISATION,
                "The network map has no node of an organisation called \"" + organisation + "\".");
        }
        return nodes;
    }

    /** Returns whether a node of this very name and key is in the network map. */
    boolean isNode(Party party) {
        Party known = map.getPeerByLegalName(party.getName());
        return known != null && known.getOwningKey().equals(party.getOwningKey());
    }

    private static Party identity(NodeInfo node) {
        return node.getLegalIdentities().get(0);
    }
}
