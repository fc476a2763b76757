package io.cordaoperator.creditrecord.gateway.http;

import io.cordaoperator.creditrecord.gateway.ledger.Refusal;
import io.cordaoperator.creditrecord.gateway.requests.RequestFailure;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.MethodArgumentNotValidException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.WebRequest;
import org.springframework.web.method.annotation.HandlerMethodValidationException;
import org.springframework.web.servlet.mvc.method.annotation.ResponseEntityExceptionHandler;

/** Tells callers in the form of RFC 9457 what went wrong, and what to do. */
@RestControllerAdvice
class ProblemAdvice extends ResponseEntityExceptionHandler {
    private static final Logger LOG = LoggerFactory.getLogger(ProblemAdvice.class);
    private static final String RETRY_AFTER_SECONDS = "5";
    private static final Map<Refusal, Problem> REFUSALS = Map.of(
        Refusal.INVALID, Problem.INVALID,
        Refusal.UNKNOWN_ORGANISATION, Problem.UNKNOWN_ORGANISATION,
        Refusal.UNKNOWN_RECORD, Problem.UNKNOWN_RECORD,
        Refusal.WRONG_VERSION, Problem.WRONG_VERSION,
        Refusal.NOT_THE_WRITER, Problem.NOT_THE_WRITER,
        Refusal.REQUEST_ID_REUSED, Problem.KEY_REUSED,
        Refusal.REQUEST_IN_PROGRESS, Problem.OUTCOME_UNKNOWN,
        Refusal.NOT_SIGNED, Problem.NOT_SIGNED,
        Refusal.NO_NOTARY, Problem.NO_NOTARY);

    @ExceptionHandler
    ResponseEntity<ProblemDetail> badRequest(BadRequest error) {
        return answer(error.problem().detail(error.getMessage()), new HttpHeaders());
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> noNode(RequestFailure.NoNode error) {
        return answer(Problem.NO_NODE.detail(error.getMessage()), retryAfter());
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> open(RequestFailure.Open error) {
        Problem kind = error.isRunning() ? Problem.STILL_RUNNING : Problem.OUTCOME_UNKNOWN;
        ProblemDetail problem = kind.detail(error.getMessage());
        problem.setProperty("idempotencyKey", error.key());
        HttpHeaders headers = retryAfter();
        headers.set(Headers.IDEMPOTENCY_KEY, error.key());
        return answer(problem, headers);
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> refused(RequestFailure.Refused error) {
        Problem kind = REFUSALS.get(error.reason());
        ProblemDetail problem = kind.detail(error.getMessage());
        HttpHeaders headers = new HttpHeaders();
        error.currentVersion().ifPresent(version -> {
            problem.setProperty("currentVersion", version);
            headers.setETag(Headers.entityTag(version));
        });
        if (problem.getStatus() == Problem.NO_NODE.detail("").getStatus()) {
            headers.addAll(retryAfter());
        }
        return answer(problem, headers);
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> unknown(RequestFailure.Unknown error) {
        return answer(Problem.UNKNOWN_RECORD.detail(error.getMessage()), new HttpHeaders());
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> broken(RequestFailure.Broken error) {
        LOG.error("A request failed at a node", error);
        return answer(Problem.NODE_FAILED.detail(error.getMessage() + " Whether something was written is not known:"
            + " repeating the request with the same idempotency key is safe. Tell the bank's operators if it stays so."),
            new HttpHeaders());
    }

    @Override
    protected ResponseEntity<Object> handleMethodArgumentNotValid(
            MethodArgumentNotValidException error, HttpHeaders headers, HttpStatusCode status, WebRequest request) {
        return invalid(error.getFieldErrors().stream()
            .map(each -> each.getField() + " " + each.getDefaultMessage()), headers, request, error);
    }

    @Override
    protected ResponseEntity<Object> handleHandlerMethodValidationException(
            HandlerMethodValidationException error, HttpHeaders headers, HttpStatusCode status, WebRequest request) {
        return invalid(error.getParameterValidationResults().stream()
            .flatMap(result -> result.getResolvableErrors().stream()
                .map(each -> result.getMethodParameter().getParameterName() + " " + each.getDefaultMessage())),
            headers, request, error);
    }

    private ResponseEntity<Object> invalid(
            Stream<String> found, HttpHeaders headers, WebRequest request, Exception error) {
        ProblemDetail problem = Problem.INVALID.detail(found.sorted().collect(Collectors.joining("; ", "", ".")));
        return handleExceptionInternal(
            error, problem, headers, HttpStatusCode.valueOf(problem.getStatus()), request);
    }

    private static ResponseEntity<ProblemDetail> answer(ProblemDetail problem, HttpHeaders headers) {
        return ResponseEntity.status(problem.getStatus()).headers(headers).body(problem);
    }

    private static HttpHeaders retryAfter() {
        HttpHeaders headers = new HttpHeaders();
        headers.set(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS);
        return headers;
    }
}
