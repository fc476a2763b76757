package io.cordaoperator.creditrecord.contracts;

import io.cordaoperator.creditrecord.contracts.CreditRecordSchemaV1.PersistentCreditRecord;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.UUID;
import net.corda.core.node.services.Vault.StateStatus;
import net.corda.core.node.services.vault.Builder;
import net.corda.core.node.services.vault.CriteriaExpression;
import net.corda.core.node.services.vault.FieldInfo;
import net.corda.core.node.services.vault.QueryCriteria;
import net.corda.core.node.services.vault.QueryCriteria.VaultCustomQueryCriteria;
import net.corda.core.node.services.vault.QueryCriteriaUtils;
import net.corda.core.node.services.vault.Sort;
import net.corda.core.node.services.vault.SortAttribute;

/** Vault queries for credit records, for flows and for clients over RPC; {@code and} and {@code or} combine them. */
public final class CreditRecordQueries {
    private CreditRecordQueries() {
    }

    /** Finds the newest version of every record. */
    public static QueryCriteria current() {
        return new QueryCriteria.VaultQueryCriteria(
            StateStatus.UNCONSUMED, Collections.singleton(CreditRecordState.class));
    }

    /** Finds the newest versions of the records about a subject. */
    public static QueryCriteria bySubject(String subject) {
        return where(StateStatus.UNCONSUMED, Builder.equal(field("subject"), subject));
    }

    /** Finds the newest versions that were written at {@code from} or later, and before {@code until}. */
    public static QueryCriteria byTime(Instant from, Instant until) {
        return where(StateStatus.UNCONSUMED, Builder.greaterThanOrEqual(field("recordTime"), from))
            .and(where(StateStatus.UNCONSUMED, Builder.lessThan(field("recordTime"), until)));
    }

    /** Finds the newest versions of the records that a bank, an organisation, wrote. */
    public static QueryCriteria byWriter(String organisation) {
        return where(StateStatus.UNCONSUMED, Builder.equal(field("writerOrganisation"), organisation));
    }

    /** Finds the newest version of a record. */
    public static QueryCriteria byRecord(UUID recordId) {
        return where(StateStatus.UNCONSUMED, Builder.equal(field("linearId"), recordId.toString()));
    }

    /** Finds all versions of a record. */
    public static QueryCriteria versionsOf(UUID recordId) {
        return where(StateStatus.ALL, Builder.equal(field("linearId"), recordId.toString()));
    }

    /** Finds the version that a bank, an organisation, wrote for a request, even if there is a newer one. */
    public static QueryCriteria byRequest(String organisation, String requestId) {
        return where(StateStatus.ALL, Builder.equal(field("requestId"), requestId))
            .and(where(StateStatus.ALL, Builder.equal(field("writerOrganisation"), organisation)));
    }

    /** Sorts by time; the record's id makes the order of equal times, and so of pages, certain. */
    public static Sort sortedByTime(Sort.Direction direction) {
        return new Sort(Arrays.asList(column("recordTime", direction), column("linearId", direction)));
    }

    /** Sorts the versions of a record. */
    public static Sort sortedByVersion(Sort.Direction direction) {
        return new Sort(Collections.singletonList(column("version", direction)));
    }

    private static Sort.SortColumn column(String field, Sort.Direction direction) {
        return new Sort.SortColumn(new SortAttribute.Custom(PersistentCreditRecord.class, field), direction);
    }

    private static FieldInfo field(String name) {
        try {
            return QueryCriteriaUtils.getField(name, PersistentCreditRecord.class);
        } catch (NoSuchFieldException error) {
            throw new AssertionError(error);
        }
    }

    // What Corda's builder returns for a field has forgotten whose field it is.
    @SuppressWarnings("unchecked")
    private static QueryCriteria where(StateStatus status, CriteriaExpression<?, Boolean> condition) {
        return new VaultCustomQueryCriteria<>((CriteriaExpression<PersistentCreditRecord, Boolean>) condition, status,
            Collections.singleton(CreditRecordState.class));
    }
}
