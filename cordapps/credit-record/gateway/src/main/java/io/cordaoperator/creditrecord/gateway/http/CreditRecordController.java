package io.cordaoperator.creditrecord.gateway.http;

import io.cordaoperator.creditrecord.gateway.http.Documents.CreditRecordUpdate;
import io.cordaoperator.creditrecord.gateway.http.Documents.Document;
import io.cordaoperator.creditrecord.gateway.http.Documents.NewCreditRecord;
import io.cordaoperator.creditrecord.gateway.http.Documents.Page;
import io.cordaoperator.creditrecord.gateway.ledger.CreditRecord;
import io.cordaoperator.creditrecord.gateway.ledger.RecordPage;
import io.cordaoperator.creditrecord.gateway.ledger.RecordUpdate;
import io.cordaoperator.creditrecord.gateway.ledger.Search;
import io.cordaoperator.creditrecord.gateway.requests.Answered;
import io.cordaoperator.creditrecord.gateway.requests.Creates;
import io.cordaoperator.creditrecord.gateway.requests.Reads;
import io.cordaoperator.creditrecord.gateway.requests.Updates;
import io.cordaoperator.creditrecord.gateway.requests.Written;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.headers.Header;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.net.URI;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.springframework.format.annotation.DateTimeFormat;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/credit-records")
@Tag(name = "Credit records", description = "Records that this bank shares with another over Corda.")
class CreditRecordController {
    private static final String KEY_DESCRIPTION = """
        What makes the request one of a kind. Whoever repeats a request with its key gets the result of the first time, \
        and nothing is written twice. Without it the gateway makes one and returns it.""";
    private static final int LARGEST_PAGE = 200;
    /** No page that is further on can be counted to in the database. */
    private static final int LAST_PAGE = 1_000_000;

    private final Creates creates;
    private final Updates updates;
    private final Reads reads;

    CreditRecordController(Creates creates, Updates updates, Reads reads) {
        this.creates = creates;
        this.updates = updates;
        this.reads = reads;
    }

    @PostMapping
    @Operation(summary = "Write a new record and share it with another bank")
    @ApiResponse(responseCode = "201", description = "Written, signed by both banks and the notary", headers = {
        @Header(name = "Location", description = "The record"),
        @Header(name = "ETag", description = "Its version"),
        @Header(name = "Idempotency-Key", description = "The request's key")})
    @ApiResponse(responseCode = "422", description = "The content is not allowed, or the key was used for another",
        content = @Content)
    @ApiResponse(responseCode = "503", description = "No node can be asked now: repeat with the same key",
        content = @Content)
    @ApiResponse(responseCode = "504", description = "It takes longer: repeat with the same key to join it",
        content = @Content)
    ResponseEntity<Document> create(
            @Parameter(description = KEY_DESCRIPTION)
            @RequestHeader(name = Headers.IDEMPOTENCY_KEY, required = false) String key,
            @Valid @RequestBody NewCreditRecord body) {
        Written written = creates.create(body.content(), Headers.key(key));
        return ResponseEntity.created(URI.create("/credit-records/" + written.version().id()))
            .headers(headers(written)).body(Document.of(written, body));
    }

    @PutMapping("/{id}")
    @Operation(summary = "Write the next version of a record of this bank")
    @ApiResponse(responseCode = "200", description = "Written, signed by both banks and the notary", headers = {
        @Header(name = "ETag", description = "The new version"),
        @Header(name = "Idempotency-Key", description = "The request's key")})
    @ApiResponse(responseCode = "403", description = "The record was written by another bank",
        content = @Content)
    @ApiResponse(responseCode = "404", description = "There is no such record",
        content = @Content)
    @ApiResponse(responseCode = "412", description = "The record has another version, which the answer tells",
        content = @Content)
    @ApiResponse(responseCode = "428", description = "If-Match is missing",
        content = @Content)
    ResponseEntity<Document> update(
            @PathVariable UUID id,
            @Parameter(description = "The version that the update is based on, as in ETag.", example = "\"1\"")
            @RequestHeader(name = HttpHeaders.IF_MATCH, required = false) String ifMatch,
            @Parameter(description = KEY_DESCRIPTION)
            @RequestHeader(name = Headers.IDEMPOTENCY_KEY, required = false) String key,
            @Valid @RequestBody CreditRecordUpdate body) {
        RecordUpdate update =
            new RecordUpdate(id, Headers.version(ifMatch), body.score(), body.historyReference());
        Written written = updates.update(update, Headers.key(key));
        return ResponseEntity.ok().headers(headers(written)).body(Document.of(written, body));
    }

    @GetMapping("/{id}")
    @Operation(summary = "Read the newest version of a record",
        description = "A version that was just written may take a moment to reach all nodes of a bank.")
    @ApiResponse(responseCode = "200", description = "The record",
        headers = @Header(name = "ETag", description = "Its version"))
    @ApiResponse(responseCode = "404", description = "No node of this bank knows such a record",
        content = @Content)
    ResponseEntity<Document> read(@PathVariable UUID id) {
        Answered<CreditRecord> found = reads.find(id);
        return ResponseEntity.ok().eTag(Headers.entityTag(found.value().version()))
            .body(Document.of(found.value(), found.node()));
    }

    @GetMapping
    @Operation(summary = "Find records of both banks by subject and time, the latest first")
    Page search(
            @Parameter(description = "Whom the records are about.", example = "customer-4711")
            @RequestParam Optional<String> subject,
            @Parameter(description = "Written at this time or later.", example = "2026-01-01T00:00:00Z")
            @RequestParam @DateTimeFormat(iso = DateTimeFormat.ISO.DATE_TIME) Optional<Instant> from,
            @Parameter(description = "Written before this time.", example = "2027-01-01T00:00:00Z")
            @RequestParam @DateTimeFormat(iso = DateTimeFormat.ISO.DATE_TIME) Optional<Instant> to,
            @RequestParam(defaultValue = "0") @Min(0) @Max(LAST_PAGE) int page,
            @RequestParam(defaultValue = "50") @Min(1) @Max(LARGEST_PAGE) int size) {
        Answered<RecordPage> found = reads.search(new Search(subject, from, to, page, size));
        return new Page(
            found.value().records().stream().map(record -> Document.of(record, found.node())).toList(),
            page, size, found.value().total(), found.node());
    }

    private static HttpHeaders headers(Written written) {
        HttpHeaders headers = new HttpHeaders();
        headers.setETag(Headers.entityTag(written.version().version()));
        headers.set(Headers.IDEMPOTENCY_KEY, written.key());
        return headers;
    }
}
