package io.cordaoperator.creditrecord.gateway.corda;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Corda's client ids: by them a node finds a flow again that was started for a request before. */
final class ClientIds {
    private static final String OURS = "gateway-";

    private ClientIds() {
    }

    /** Returns whether a client id is one of a gateway's. */
    static boolean isOurs(String clientId) {
        return clientId.startsWith(OURS);
    }

    /**
     * Returns the client id of a request. Its content is part of it: a node gives whoever comes with a known client id
     * the result of the first time, without a look at the arguments.
     */
    static String of(String operation, String requestId, Record content) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256")
                .digest((operation + '\n' + requestId + '\n' + content).getBytes(StandardCharsets.UTF_8));
            return OURS + operation + '-' + HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException error) {
            throw new AssertionError("every Java has SHA-256", error);
        }
    }
}
