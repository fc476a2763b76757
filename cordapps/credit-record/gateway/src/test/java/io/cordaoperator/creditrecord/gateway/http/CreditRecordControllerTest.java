package io.cordaoperator.creditrecord.gateway.http;

import static org.hamcrest.Matchers.containsString;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.get;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.post;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.put;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.content;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.header;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.jsonPath;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.status;

import io.cordaoperator.creditrecord.gateway.ledger.CreditRecord;
import io.cordaoperator.creditrecord.gateway.ledger.NewRecord;
import io.cordaoperator.creditrecord.gateway.ledger.RecordPage;
import io.cordaoperator.creditrecord.gateway.ledger.RecordUpdate;
import io.cordaoperator.creditrecord.gateway.ledger.Search;
import io.cordaoperator.creditrecord.gateway.ledger.WrittenVersion;
import io.cordaoperator.creditrecord.gateway.requests.Answered;
import io.cordaoperator.creditrecord.gateway.requests.Creates;
import io.cordaoperator.creditrecord.gateway.requests.Reads;
import io.cordaoperator.creditrecord.gateway.requests.Updates;
import io.cordaoperator.creditrecord.gateway.requests.Written;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.autoconfigure.web.servlet.WebMvcTest;
import org.springframework.http.MediaType;
import org.springframework.test.context.bean.override.mockito.MockitoBean;
import org.springframework.test.json.JsonCompareMode;
import org.springframework.test.web.servlet.MockMvc;

@WebMvcTest(CreditRecordController.class)
class CreditRecordControllerTest {
    private static final UUID ID = UUID.fromString("7a0d5b5e-7e3b-4b0e-9a53-0a5a1a2b3c4d");
    private static final Instant TIME = Instant.parse("2026-05-04T10:00:00Z");
    private static final String NODE = "O=Bank A, L=London, C=GB";
    private static final String NEW = """
        {"subject": "customer-1", "score": 700, "historyReference": "file/1", "counterparty": "Bank B"}""";
    private static final String UPDATE = """
        {"score": 735, "historyReference": "file/2"}""";
    private static final CreditRecord RECORD =
        new CreditRecord(ID, 3, "T3", "customer-1", 735, "file/2", TIME, "Bank A", "Bank B");

    @Autowired
    private MockMvc http;
    @MockitoBean
    private Creates creates;
    @MockitoBean
    private Updates updates;
    @MockitoBean
    private Reads reads;

    @Test
    void aNewRecordIsAnsweredWithItsPlaceItsVersionAndItsKey() throws Exception {
        NewRecord asked = new NewRecord("customer-1", 700, "file/1", "Bank B");
        when(creates.create(asked, Optional.of("key-1"))).thenReturn(written(1));
        http.perform(post("/credit-records").header("Idempotency-Key", "key-1")
                .contentType(MediaType.APPLICATION_JSON).content(NEW))
            .andExpect(status().isCreated())
            .andExpect(header().string("Location", "/credit-records/" + ID))
            .andExpect(header().string("ETag", "\"1\""))
            .andExpect(header().string("Idempotency-Key", "key-1"))
            .andExpect(content().json("""
                {"id": "7a0d5b5e-7e3b-4b0e-9a53-0a5a1a2b3c4d", "version": 1, "transactionId": "T1",
                 "subject": "customer-1", "score": 700, "historyReference": "file/1", "time": "2026-05-04T10:00:00Z",
                 "bank": "Bank A", "counterparty": "Bank B", "node": "O=Bank A, L=London, C=GB"}""", JsonCompareMode.STRICT));
    }

    @Test
    void anUpdateIsBasedOnTheVersionOfItsHeader() throws Exception {
        when(updates.update(new RecordUpdate(ID, 2, 735, "file/2"), Optional.empty())).thenReturn(written(3));
        http.perform(put("/credit-records/{id}", ID).header("If-Match", "\"2\"")
                .contentType(MediaType.APPLICATION_JSON).content(UPDATE))
            .andExpect(status().isOk())
            .andExpect(header().string("ETag", "\"3\""))
            .andExpect(jsonPath("$.version").value(3))
            .andExpect(jsonPath("$.transactionId").value("T3"))
            .andExpect(jsonPath("$.subject").doesNotExist());
    }

    @Test
    void anUpdateWithoutAVersionIsAskedForOne() throws Exception {
        http.perform(put("/credit-records/{id}", ID).contentType(MediaType.APPLICATION_JSON).content(UPDATE))
            .andExpect(status().isPreconditionRequired())
            .andExpect(content().contentType(MediaType.APPLICATION_PROBLEM_JSON))
            .andExpect(jsonPath("$.detail", containsString("If-Match")));
    }

    @Test
    void aVersionThatIsNoneIsRefused() throws Exception {
        for (String version : List.of("*", "\"0\"", "W/\"1\"", "\"1\", \"2\"")) {
            http.perform(put("/credit-records/{id}", ID).header("If-Match", version)
                    .contentType(MediaType.APPLICATION_JSON).content(UPDATE))
                .andExpect(status().isUnprocessableEntity());
        }
    }

    @Test
    void everyMistakeInABodyIsNamed() throws Exception {
        http.perform(post("/credit-records").contentType(MediaType.APPLICATION_JSON).content("""
                {"subject": " ", "score": 1001, "counterparty": "Bank B"}"""))
            .andExpect(status().isUnprocessableEntity())
            .andExpect(content().contentType(MediaType.APPLICATION_PROBLEM_JSON))
            .andExpect(jsonPath("$.type").value("urn:credit-record-gateway:problem:invalid"))
            .andExpect(jsonPath("$.detail").value(
                "historyReference must not be blank; score must be less than or equal to 1000;"
                    + " subject must not be blank."));
    }

    @Test
    void aFieldThatDoesNotExistIsNotIgnored() throws Exception {
        http.perform(post("/credit-records").contentType(MediaType.APPLICATION_JSON).content("""
                {"subject": "s", "score": 1, "historyReference": "h", "counterparty": "Bank B", "scroe": 2}"""))
            .andExpect(status().isBadRequest())
            .andExpect(content().contentType(MediaType.APPLICATION_PROBLEM_JSON));
    }

    @Test
    void aKeyWithSpacesOrTooLongIsRefused() throws Exception {
        for (String key : List.of("a b", "k".repeat(201), "é")) {
            http.perform(post("/credit-records").header("Idempotency-Key", key)
                    .contentType(MediaType.APPLICATION_JSON).content(NEW))
                .andExpect(status().isUnprocessableEntity())
                .andExpect(jsonPath("$.detail", containsString("Idempotency-Key")));
        }
    }

    @Test
    void aRecordIsReadWithItsVersionAsEntityTag() throws Exception {
        when(reads.find(ID)).thenReturn(new Answered<>(RECORD, NODE));
        http.perform(get("/credit-records/{id}", ID))
            .andExpect(status().isOk())
            .andExpect(header().string("ETag", "\"3\""))
            .andExpect(jsonPath("$.score").value(735))
            .andExpect(jsonPath("$.node").value(NODE));
    }

    @Test
    void recordsAreFoundBySubjectAndTimePageByPage() throws Exception {
        Search search = new Search(
            Optional.of("customer-1"), Optional.of(Instant.parse("2026-01-01T00:00:00Z")),
            Optional.of(Instant.parse("2026-12-31T22:00:00Z")), 1, 10);
        when(reads.search(search)).thenReturn(new Answered<>(new RecordPage(List.of(RECORD), 11), NODE));
        http.perform(get("/credit-records").param("subject", "customer-1")
                .param("from", "2026-01-01T00:00:00Z").param("to", "2027-01-01T00:00:00+02:00")
                .param("page", "1").param("size", "10"))
            .andExpect(status().isOk())
            .andExpect(jsonPath("$.items[0].id").value(ID.toString()))
            .andExpect(jsonPath("$.total").value(11));
        verify(reads).search(any());
    }

    @Test
    void aPageThatIsTooLargeOrATimeThatIsNoneIsRefused() throws Exception {
        http.perform(get("/credit-records").param("size", "201"))
            .andExpect(status().isUnprocessableEntity())
            .andExpect(jsonPath("$.detail", containsString("size")));
        http.perform(get("/credit-records").param("from", "yesterday"))
            .andExpect(status().isBadRequest())
            .andExpect(content().contentType(MediaType.APPLICATION_PROBLEM_JSON));
    }

    private static Written written(int version) {
        return new Written(new WrittenVersion(ID, version, "T" + version, TIME), "Bank A", NODE, "key-1");
    }
}
