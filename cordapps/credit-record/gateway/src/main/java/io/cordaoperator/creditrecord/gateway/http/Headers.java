package io.cordaoperator.creditrecord.gateway.http;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Versions as entity tags, and idempotency keys. */
final class Headers {
    static final String IDEMPOTENCY_KEY = "Idempotency-Key";

    private static final Pattern VERSION = Pattern.compile("\"?([1-9][0-9]{0,8})\"?");
    /** Printable ASCII, no longer than a request id may be. */
    private static final Pattern KEY = Pattern.compile("[\\x21-\\x7e]{1,200}");

    private Headers() {
    }

    static String entityTag(int version) {
        return "\"" + version + "\"";
    }

    /** Returns the version that a change is based on. */
    static int version(String ifMatch) {
        if (ifMatch == null || ifMatch.isBlank()) {
            throw new BadRequest(Problem.VERSION_REQUIRED, "An update names the version that it is based on: If-Match"
                + " with the ETag of the record as it was read, for example \"3\".");
        }
        Matcher matcher = VERSION.matcher(ifMatch.strip());
        if (!matcher.matches()) {
            throw new BadRequest(Problem.INVALID, "If-Match is expected to be one version, such as \"3\", but it is "
                + ifMatch + ".");
        }
        return Integer.parseInt(matcher.group(1));
    }

    static Optional<String> key(String header) {
        if (header == null) {
            return Optional.empty();
        }
        if (!KEY.matcher(header).matches()) {
            throw new BadRequest(Problem.INVALID, IDEMPOTENCY_KEY + " is expected to have 1 to 200 printable characters"
                + " without spaces, such as a UUID.");
        }
        return Optional.of(header);
    }
}
