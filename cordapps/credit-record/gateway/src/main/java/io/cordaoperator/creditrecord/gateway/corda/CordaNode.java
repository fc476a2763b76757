package io.cordaoperator.creditrecord.gateway.corda;

import io.cordaoperator.creditrecord.contracts.CreditRecordQueries;
import io.cordaoperator.creditrecord.contracts.CreditRecordState;
import io.cordaoperator.creditrecord.flows.CreateCreditRecord;
import io.cordaoperator.creditrecord.flows.UpdateCreditRecord;
import io.cordaoperator.creditrecord.flows.WrittenRecord;
import io.cordaoperator.creditrecord.gateway.ledger.CreditRecord;
import io.cordaoperator.creditrecord.gateway.ledger.NewRecord;
import io.cordaoperator.creditrecord.gateway.ledger.Node;
import io.cordaoperator.creditrecord.gateway.ledger.RecordPage;
import io.cordaoperator.creditrecord.gateway.ledger.RecordUpdate;
import io.cordaoperator.creditrecord.gateway.ledger.Search;
import io.cordaoperator.creditrecord.gateway.ledger.WrittenVersion;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import net.corda.client.rpc.CordaRPCConnection;
import net.corda.core.contracts.StateAndRef;
import net.corda.core.flows.FlowLogic;
import net.corda.core.identity.CordaX500Name;
import net.corda.core.messaging.CordaRPCOps;
import net.corda.core.node.services.Vault;
import net.corda.core.node.services.vault.PageSpecification;
import net.corda.core.node.services.vault.QueryCriteria;
import net.corda.core.node.services.vault.QueryCriteriaUtils;
import net.corda.core.node.services.vault.Sort;

/** A node at the other end of an RPC connection. */
final class CordaNode implements Node {
    private static final Instant BEFORE_ALL = Instant.EPOCH;
    // The latest that both H2 and PostgreSQL can compare with.
    private static final Instant AFTER_ALL = Instant.parse("9999-01-01T00:00:00Z");

    private final CordaRPCConnection connection;
    private final CordaRPCOps proxy;
    private final Calls calls;
    private final EndedFlows endedFlows;
    private final CordaX500Name name;

    CordaNode(CordaRPCConnection connection, Duration answerTimeout) {
        this.connection = connection;
        proxy = connection.getProxy();
        calls = new Calls(answerTimeout);
        endedFlows = new EndedFlows(proxy, calls);
        name = calls.answer(proxy::nodeInfo).getLegalIdentities().get(0).getName();
    }

    @Override
    public String name() {
        return name.toString();
    }

    @Override
    public String bank() {
        return name.getOrganisation();
    }

    @Override
    public Set<String> nodesOfBank() {
        return calls.answer(proxy::networkMapSnapshot).stream()
            .map(node -> node.getLegalIdentities().get(0).getName())
            .filter(node -> node.getOrganisation().equals(bank()))
            .map(CordaX500Name::toString)
            .collect(Collectors.toUnmodifiableSet());
    }

    @Override
    public Optional<CreditRecord> find(UUID id) {
        return query(CreditRecordQueries.byRecord(id), 0, 1).records().stream().findFirst();
    }

    @Override
    public Optional<CreditRecord> findByRequest(String requestId) {
        return query(CreditRecordQueries.byRequest(bank(), requestId), 0, 1).records().stream().findFirst();
    }

    @Override
    public RecordPage search(Search search) {
        QueryCriteria criteria = CreditRecordQueries.current();
        if (search.subject().isPresent()) {
            criteria = criteria.and(CreditRecordQueries.bySubject(search.subject().get()));
        }
        if (search.from().isPresent() || search.until().isPresent()) {
            criteria = criteria.and(CreditRecordQueries.byTime(
                search.from().orElse(BEFORE_ALL), search.until().orElse(AFTER_ALL)));
        }
        return query(criteria, search.page(), search.size());
    }

    @Override
    public WrittenVersion create(NewRecord record, String requestId, Duration timeout) {
        return write(
            ClientIds.of("create", requestId, record), timeout, CreateCreditRecord.class,
            record.subject(), record.score(), record.historyReference(), record.counterparty(), requestId);
    }

    @Override
    public WrittenVersion update(RecordUpdate update, String requestId, Duration timeout) {
        return write(
            ClientIds.of("update", requestId, update), timeout, UpdateCreditRecord.class,
            update.id(), update.expectedVersion(), update.score(), update.historyReference(), requestId);
    }

    @Override
    public void forgetEndedFlows() {
        endedFlows.forget();
    }

    @Override
    public void close() {
        connection.forceClose();
        calls.close();
    }

    private WrittenVersion write(
            String clientId, Duration timeout, Class<? extends FlowLogic<WrittenRecord>> flow, Object... arguments) {
        WrittenRecord written = calls.result(proxy, clientId, timeout, flow, arguments);
        return new WrittenVersion(
            written.getRecordId(), written.getVersion(), written.getTransactionId(), written.getTime());
    }

    private RecordPage query(QueryCriteria criteria, int page, int size) {
        PageSpecification paging = new PageSpecification(QueryCriteriaUtils.DEFAULT_PAGE_NUM + page, size);
        Sort sorting = CreditRecordQueries.sortedByTime(Sort.Direction.DESC);
        Vault.Page<CreditRecordState> found =
            calls.answer(() -> proxy.vaultQueryBy(criteria, paging, sorting, CreditRecordState.class));
        List<CreditRecord> records = found.getStates().stream().map(CordaNode::record).toList();
        return new RecordPage(records, found.getTotalStatesAvailable());
    }

    private static CreditRecord record(StateAndRef<CreditRecordState> found) {
        CreditRecordState state = found.getState().getData();
        return new CreditRecord(
            state.getLinearId().getId(), state.getVersion(), found.getRef().getTxhash().toString(),
            state.getSubject(), state.getScore(), state.getHistoryReference(), state.getTime(),
            state.writerOrganisation(), state.counterpartyOrganisation());
    }
}
