package io.cordaoperator.creditrecord.contracts;

import java.time.Instant;
import java.util.Collections;
import javax.persistence.Column;
import javax.persistence.Entity;
import javax.persistence.Index;
import javax.persistence.Table;
import net.corda.core.schemas.MappedSchema;
import net.corda.core.schemas.PersistentState;

/** The table that vaults keep credit records in, for queries; {@link CreditRecordQueries} asks it. */
public final class CreditRecordSchemaV1 extends MappedSchema {
    public CreditRecordSchemaV1() {
        super(CreditRecordSchema.class, 1, Collections.singletonList(PersistentCreditRecord.class));
    }

    @Override
    public String getMigrationResource() {
        return "credit-record.changelog-master";
    }

    /** One version of a record; columns are described at {@link CreditRecordState}. */
    @Entity
    @Table(name = "credit_record_states", indexes = {
        @Index(name = "credit_record_linear_id", columnList = "linear_id, version"),
        @Index(name = "credit_record_subject", columnList = "subject, record_time"),
        @Index(name = "credit_record_time", columnList = "record_time"),
        @Index(name = "credit_record_request", columnList = "request_id, writer_organisation"),
        @Index(name = "credit_record_writer", columnList = "writer_organisation, record_time"),
    })
    public static class PersistentCreditRecord extends PersistentState {
        /** As text, which H2 and PostgreSQL store and compare alike. */
        @Column(name = "linear_id", length = 36, nullable = false)
        private String linearId;

        @Column(name = "subject", length = CreditRecordContract.LONGEST_TEXT, nullable = false)
        private String subject;

        @Column(name = "score", nullable = false)
        private int score;

        @Column(name = "history_reference", length = CreditRecordContract.LONGEST_TEXT, nullable = false)
        private String historyReference;

        @Column(name = "record_time", nullable = false)
        private Instant recordTime;

        @Column(name = "version", nullable = false)
        private int version;

        @Column(name = "request_id", length = CreditRecordContract.LONGEST_TEXT, nullable = false)
        private String requestId;

        @Column(name = "writer_organisation", length = 128, nullable = false)
        private String writerOrganisation;

        @Column(name = "counterparty_organisation", length = 128, nullable = false)
        private String counterpartyOrganisation;

        /** For Hibernate. */
        protected PersistentCreditRecord() {
        }

        PersistentCreditRecord(CreditRecordState record) {
            linearId = record.getLinearId().getId().toString();
            subject = record.getSubject();
            score = record.getScore();
            historyReference = record.getHistoryReference();
            recordTime = record.getTime();
            version = record.getVersion();
            requestId = record.getRequestId();
            writerOrganisation = record.writerOrganisation();
            counterpartyOrganisation = record.counterpartyOrganisation();
        }
    }
}
