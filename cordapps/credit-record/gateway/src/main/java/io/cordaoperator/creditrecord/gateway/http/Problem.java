package io.cordaoperator.creditrecord.gateway.http;

import java.net.URI;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;

/** The kinds of problems (RFC 9457), by what a caller does about them. */
enum Problem {
    INVALID(HttpStatus.UNPROCESSABLE_ENTITY, "The request says something that is not allowed"),
    VERSION_REQUIRED(HttpStatus.PRECONDITION_REQUIRED, "The request names no version"),
    UNKNOWN_ORGANISATION(HttpStatus.UNPROCESSABLE_ENTITY, "The other bank is not in the network"),
    UNKNOWN_RECORD(HttpStatus.NOT_FOUND, "There is no such credit record"),
    WRONG_VERSION(HttpStatus.PRECONDITION_FAILED, "The record has another version"),
    NOT_THE_WRITER(HttpStatus.FORBIDDEN, "The record was written by another bank"),
    KEY_REUSED(HttpStatus.UNPROCESSABLE_ENTITY, "The idempotency key was used for another request"),
    NO_NODE(HttpStatus.SERVICE_UNAVAILABLE, "No node of this bank can be reached"),
    OUTCOME_UNKNOWN(HttpStatus.SERVICE_UNAVAILABLE, "What became of the request is not known yet"),
    STILL_RUNNING(HttpStatus.GATEWAY_TIMEOUT, "The request takes longer"),
    NOT_SIGNED(HttpStatus.SERVICE_UNAVAILABLE, "The other bank did not sign"),
    NO_NOTARY(HttpStatus.SERVICE_UNAVAILABLE, "The network has no notary"),
    NODE_FAILED(HttpStatus.BAD_GATEWAY, "A node of this bank failed");

    private final HttpStatus status;
    private final String title;

    Problem(HttpStatus status, String title) {
        this.status = status;
        this.title = title;
    }

    ProblemDetail detail(String detail) {
        ProblemDetail problem = ProblemDetail.forStatusAndDetail(status, detail);
        problem.setType(URI.create("urn:credit-record-gateway:problem:" + name().toLowerCase().replace('_', '-')));
        problem.setTitle(title);
        return problem;
    }
}
