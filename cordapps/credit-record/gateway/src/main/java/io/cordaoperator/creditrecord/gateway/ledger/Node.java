package io.cordaoperator.creditrecord.gateway.ledger;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * A node of the bank, over one connection; any thread may ask it.
 *
 * <p>Every call may fail with {@link NodeFailure}.
 */
public interface Node extends AutoCloseable {
    /** Returns the node's legal name. */
    String name();

    /** Returns the bank's organisation, which the node belongs to. */
    String bank();

    /** Asks for the legal names of all nodes of the bank, as the network map lists them. */
    Set<String> nodesOfBank();

    /** Finds the newest version of a record. */
    Optional<CreditRecord> find(UUID id);

    /** Finds the version that the bank wrote for a request, even if there is a newer one. */
    Optional<CreditRecord> findByRequest(String requestId);

    /** Finds newest versions, the latest first. */
    RecordPage search(Search search);

    /**
     * Writes a new record. The same request, asked of the same node again, gets the result of the first time, whether
     * that has ended or not.
     *
     * @param timeout how long to wait until it is written
     */
    WrittenVersion create(NewRecord record, String requestId, Duration timeout);

    /** Writes the next version of a record, in the same way. */
    WrittenVersion update(RecordUpdate update, String requestId, Duration timeout);

    /** Has the node let go of what it keeps of writes that ended unseen; to be called every now and then. */
    void forgetEndedFlows();

    /** Ends the connection. */
    @Override
    void close();
}
