package io.cordaoperator.creditrecord.gateway.http;

import static org.mockito.Mockito.when;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.get;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.content;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.header;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.jsonPath;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.status;

import io.cordaoperator.creditrecord.gateway.ledger.Refusal;
import io.cordaoperator.creditrecord.gateway.requests.Creates;
import io.cordaoperator.creditrecord.gateway.requests.Reads;
import io.cordaoperator.creditrecord.gateway.requests.RequestFailure;
import io.cordaoperator.creditrecord.gateway.requests.RequestFailures;
import io.cordaoperator.creditrecord.gateway.requests.Updates;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.autoconfigure.web.servlet.WebMvcTest;
import org.springframework.http.MediaType;
import org.springframework.test.context.bean.override.mockito.MockitoBean;
import org.springframework.test.web.servlet.MockMvc;
import org.springframework.test.web.servlet.ResultActions;

@WebMvcTest(CreditRecordController.class)
class ProblemsTest {
    private static final UUID ID = UUID.randomUUID();

    @Autowired
    private MockMvc http;
    @MockitoBean
    private Creates creates;
    @MockitoBean
    private Updates updates;
    @MockitoBean
    private Reads reads;

    @ParameterizedTest
    @MethodSource
    void eachFailureHasAStatusAndAType(RequestFailure failure, int expected, String type) throws Exception {
        answer(failure).andExpect(status().is(expected))
            .andExpect(content().contentType(MediaType.APPLICATION_PROBLEM_JSON))
            .andExpect(jsonPath("$.type").value("urn:credit-record-gateway:problem:" + type))
            .andExpect(jsonPath("$.title").isNotEmpty())
            .andExpect(jsonPath("$.detail").isNotEmpty());
    }

    static Stream<Arguments> eachFailureHasAStatusAndAType() {
        return Stream.of(
            Arguments.of(RequestFailures.noNode(), 503, "no-node"),
            Arguments.of(RequestFailures.open("key-1", false), 503, "outcome-unknown"),
            Arguments.of(RequestFailures.open("key-1", true), 504, "still-running"),
            Arguments.of(RequestFailures.unknown(), 404, "unknown-record"),
            Arguments.of(RequestFailures.broken(), 502, "node-failed"),
            Arguments.of(RequestFailures.refused(Refusal.NOT_THE_WRITER, null), 403, "not-the-writer"),
            Arguments.of(RequestFailures.refused(Refusal.REQUEST_ID_REUSED, null), 422, "key-reused"),
            Arguments.of(RequestFailures.refused(Refusal.UNKNOWN_ORGANISATION, null), 422, "unknown-organisation"),
            Arguments.of(RequestFailures.refused(Refusal.NOT_SIGNED, null), 503, "not-signed"));
    }

    @ParameterizedTest
    @EnumSource
    void everyReasonOfARefusalHasAnAnswer(Refusal reason) throws Exception {
        answer(RequestFailures.refused(reason, null))
            .andExpect(content().contentType(MediaType.APPLICATION_PROBLEM_JSON));
    }

    @Test
    void whoeverHasToAskAgainIsToldWhenAndWithWhichKey() throws Exception {
        answer(RequestFailures.open("key-1", false))
            .andExpect(header().exists("Retry-After"))
            .andExpect(header().string("Idempotency-Key", "key-1"))
            .andExpect(jsonPath("$.idempotencyKey").value("key-1"));
    }

    @Test
    void aWrongVersionIsAnsweredWithTheCurrentOne() throws Exception {
        answer(RequestFailures.refused(Refusal.WRONG_VERSION, 4))
            .andExpect(status().isPreconditionFailed())
            .andExpect(header().string("ETag", "\"4\""))
            .andExpect(jsonPath("$.currentVersion").value(4));
    }

    private ResultActions answer(RequestFailure failure) throws Exception {
        when(reads.find(ID)).thenThrow(failure);
        return http.perform(get("/credit-records/{id}", ID));
    }
}
