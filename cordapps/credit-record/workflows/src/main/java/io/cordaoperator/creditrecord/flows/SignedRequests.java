package io.cordaoperator.creditrecord.flows;

import io.cordaoperator.creditrecord.contracts.CreditRecordState;
import io.cordaoperator.creditrecord.flows.SignedRequestSchemaV1.Key;
import io.cordaoperator.creditrecord.flows.SignedRequestSchemaV1.PersistentSignedRequest;
import net.corda.core.crypto.SecureHash;
import net.corda.core.node.ServiceHub;

/**
 * For which requests this node has signed a new record.
 *
 * <p>A request that comes again, maybe through another node of its bank while the first is still under way, would write
 * a second record: a new record has no input that a notary could find spent. All attempts come to the same node of the
 * other bank, which signs one of them.
 */
final class SignedRequests {
    private final ServiceHub services;

    SignedRequests(ServiceHub services) {
        this.services = services;
    }

    /**
     * Remembers that a transaction is signed for a record's request; returns false if another one was.
     *
     * <p>Of two at the same time the database lets one in, and Corda runs the other flow again.
     */
    boolean add(CreditRecordState record, SecureHash transactionId) {
        return services.withEntityManager(database -> {
            PersistentSignedRequest known = database.find(PersistentSignedRequest.class, key(record));
            if (known == null) {
                database.persist(new PersistentSignedRequest(key(record), transactionId.toString()));
                return true;
            }
            return known.getTransactionId().equals(transactionId.toString());
        });
    }

    /** Forgets a record's request, whose transaction will never be. */
    void remove(CreditRecordState record) {
        services.withEntityManager(database -> {
            PersistentSignedRequest known = database.find(PersistentSignedRequest.class, key(record));
            if (known != null) {
                database.remove(known);
            }
        });
    }

    private static Key key(CreditRecordState record) {
        return new Key(record.writerOrganisation(), record.getRequestId());
    }
}
