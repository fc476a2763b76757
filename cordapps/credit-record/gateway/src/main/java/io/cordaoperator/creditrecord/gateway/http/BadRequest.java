package io.cordaoperator.creditrecord.gateway.http;

/** A request that is wrong in itself. */
final class BadRequest extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final Problem problem;

    BadRequest(Problem problem, String message) {
        super(message);
        this.problem = problem;
    }

    Problem problem() {
        return problem;
    }
}
