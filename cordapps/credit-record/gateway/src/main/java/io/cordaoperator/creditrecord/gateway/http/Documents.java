package io.cordaoperator.creditrecord.gateway.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.cordaoperator.creditrecord.contracts.CreditRecordContract;
import io.cordaoperator.creditrecord.gateway.ledger.CreditRecord;
import io.cordaoperator.creditrecord.gateway.ledger.NewRecord;
import io.cordaoperator.creditrecord.gateway.requests.Written;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** What travels in bodies. */
final class Documents {
    private static final int LONGEST_TEXT = CreditRecordContract.LONGEST_TEXT;
    private static final int LOWEST_SCORE = CreditRecordContract.LOWEST_SCORE;
    private static final int HIGHEST_SCORE = CreditRecordContract.HIGHEST_SCORE;

    private Documents() {
    }

    @Schema(name = "NewCreditRecord", description = "What the first version of a record is to say.")
    record NewCreditRecord(
            @Schema(description = "Whom the record is about.", example = "customer-4711")
            @NotBlank @Size(max = LONGEST_TEXT) String subject,
            @Schema(description = "The score.", example = "720")
            @NotNull @Min(LOWEST_SCORE) @Max(HIGHEST_SCORE) Integer score,
            @Schema(description = "Where the bank keeps the credit history behind the score.", example = "file/2026/88")
            @NotBlank @Size(max = LONGEST_TEXT) String historyReference,
            @Schema(description = "The bank to share the record with: the O of its nodes' legal names.",
                example = "Bank B")
            @NotBlank @Size(max = LONGEST_TEXT) String counterparty) {

        NewRecord content() {
            return new NewRecord(subject, score, historyReference, counterparty);
        }
    }

    @Schema(name = "CreditRecordUpdate", description = "What the next version of a record is to say.")
    record CreditRecordUpdate(
            @Schema(description = "The score.", example = "735")
            @NotNull @Min(LOWEST_SCORE) @Max(HIGHEST_SCORE) Integer score,
            @Schema(description = "Where the bank keeps the credit history behind the score.", example = "file/2026/93")
            @NotBlank @Size(max = LONGEST_TEXT) String historyReference) {
    }

    /** A version of a record in an answer; what an update does not need to know is left out of its answer. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @Schema(name = "CreditRecord", description = "A version of a credit record.")
    record Document(
            @Schema(description = "The record's id, the same in all its versions.") UUID id,
            @Schema(description = "1 for a new record, and one more with every update.", example = "1") int version,
            @Schema(description = "The transaction that wrote this version.",
                example = "5DFE0AF3A8E7F9E39C0D44D7B3A1C38B26B7D5F2C9A1B9E0C6D7A3F4E5B60718")
            String transactionId,
            @Schema(description = "Whom the record is about; not in the answer to an update.",
                example = "customer-4711") String subject,
            @Schema(example = "720") int score,
            @Schema(example = "file/2026/88") String historyReference,
            @Schema(description = "When this version was written.") Instant time,
            @Schema(description = "The bank that wrote it.", example = "Bank A") String bank,
            @Schema(description = "The bank it is shared with; not in the answer to an update.", example = "Bank B")
            String counterparty,
            @Schema(description = "The node of this bank that answered.", example = "O=Bank A, L=London, C=GB")
            String node) {

        static Document of(CreditRecord record, String node) {
            return new Document(
                record.id(), record.version(), record.transactionId(), record.subject(), record.score(),
                record.historyReference(), record.time(), record.bank(), record.counterparty(), node);
        }

        static Document of(Written written, NewCreditRecord asked) {
            return new Document(
                written.version().id(), written.version().version(), written.version().transactionId(),
                asked.subject(), asked.score(), asked.historyReference(), written.version().time(), written.bank(),
                asked.counterparty(), written.node());
        }

        static Document of(Written written, CreditRecordUpdate asked) {
            return new Document(
                written.version().id(), written.version().version(), written.version().transactionId(),
                null, asked.score(), asked.historyReference(), written.version().time(), written.bank(), null,
                written.node());
        }
    }

    @Schema(name = "CreditRecords", description = "A page of records, the latest first.")
    record Page(
            List<Document> items,
            @Schema(description = "This page, from 0.", example = "0") int page,
            @Schema(description = "How many records a page has at most.", example = "50") int size,
            @Schema(description = "How many records there are on all pages.", example = "1") long total,
            @Schema(description = "The node of this bank that answered.", example = "O=Bank A, L=London, C=GB")
            String node) {
    }
}
