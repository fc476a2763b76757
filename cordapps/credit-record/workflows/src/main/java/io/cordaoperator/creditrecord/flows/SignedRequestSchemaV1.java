package io.cordaoperator.creditrecord.flows;

import io.cordaoperator.creditrecord.contracts.CreditRecordContract;
import java.io.Serializable;
import java.util.Collections;
import java.util.Objects;
import javax.persistence.Column;
import javax.persistence.Entity;
import javax.persistence.Id;
import javax.persistence.IdClass;
import javax.persistence.Table;
import net.corda.core.schemas.MappedSchema;

/** The table in which a node remembers for which requests of other banks it has signed a new record. */
public final class SignedRequestSchemaV1 extends MappedSchema {
    public SignedRequestSchemaV1() {
        super(SignedRequestSchema.class, 1, Collections.singletonList(PersistentSignedRequest.class));
    }

    @Override
    public String getMigrationResource() {
        return "credit-record-requests.changelog-master";
    }

    /** A request, by the bank that it is of and its id, and the transaction that was signed for it. */
    @Entity
    @Table(name = "credit_record_requests")
    @IdClass(Key.class)
    public static class PersistentSignedRequest {
        @Id
        @Column(name = "writer_organisation", length = 128, nullable = false)
        private String writerOrganisation;

        @Id
        @Column(name = "request_id", length = CreditRecordContract.LONGEST_TEXT, nullable = false)
        private String requestId;

        @Column(name = "transaction_id", length = 64, nullable = false)
        private String transactionId;

        /** For Hibernate. */
        protected PersistentSignedRequest() {
        }

        PersistentSignedRequest(Key key, String transactionId) {
            writerOrganisation = key.writerOrganisation;
            requestId = key.requestId;
            this.transactionId = transactionId;
        }

        String getTransactionId() {
            return transactionId;
        }
    }

    /** What a request is known by. */
    public static class Key implements Serializable {
        private static final long serialVersionUID = 1;

        private String writerOrganisation;
        private String requestId;

        /** For Hibernate. */
        protected Key() {
        }

        Key(String writerOrganisation, String requestId) {
            this.writerOrganisation = writerOrganisation;
            this.requestId = requestId;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Key && writerOrganisation.equals(((Key) other).writerOrganisation)
                && requestId.equals(((Key) other).requestId);
        }

        @Override
        public int hashCode() {
            return Objects.hash(writerOrganisation, requestId);
        }
    }
}
