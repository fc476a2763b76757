package io.cordaoperator.creditrecord.flows;

import io.cordaoperator.creditrecord.contracts.CreditRecordQueries;
import io.cordaoperator.creditrecord.contracts.CreditRecordState;
import java.util.List;
import java.util.UUID;
import net.corda.core.contracts.StateAndRef;
import net.corda.core.node.ServiceHub;
import net.corda.core.node.services.VaultService;
import net.corda.core.node.services.vault.QueryCriteria;

/** The records in a node's own vault. */
final class Records {
    private final VaultService vault;

    Records(ServiceHub services) {
        vault = services.getVaultService();
    }

    /** Returns the newest version of a record, or null. */
    StateAndRef<CreditRecordState> newest(UUID recordId) {
        return first(CreditRecordQueries.byRecord(recordId));
    }

    /** Returns what a bank wrote for a request, or null. */
    StateAndRef<CreditRecordState> writtenFor(String organisation, String requestId) {
        return first(CreditRecordQueries.byRequest(organisation, requestId));
    }

    private StateAndRef<CreditRecordState> first(QueryCriteria criteria) {
        List<StateAndRef<CreditRecordState>> found =
            vault.queryBy(CreditRecordState.class, criteria).getStates();
        return found.isEmpty() ? null : found.get(0);
    }
}
