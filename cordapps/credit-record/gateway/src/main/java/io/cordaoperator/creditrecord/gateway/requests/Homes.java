package io.cordaoperator.creditrecord.gateway.requests;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.UUID;

/**
 * Each idempotency key has a home among the bank's nodes, which every replica finds without asking another
 * (rendezvous hashing). So a request that comes again, to whichever replica, meets its flow from the first time.
 */
final class Homes {
    private Homes() {
    }

    /** Returns a key's home. A node that joins the bank becomes the home of its share of keys; others stay. */
    static String of(String key, Collection<String> nodes) {
        return nodes.stream()
            .max(Comparator.<String, byte[]>comparing(node -> weight(key, node), Arrays::compareUnsigned)
                .thenComparing(Comparator.naturalOrder()))
            .orElseThrow(() -> new IllegalArgumentException("a bank without nodes has no home for a key"));
    }

    /** Returns a new key whose home is a certain node. */
    static String newKey(String home, Collection<String> nodes) {
        String key;
        do {
            // As many tries on average as the bank has nodes.
            key = UUID.randomUUID().toString();
        } while (nodes.contains(home) && !of(key, nodes).equals(home));
        return key;
    }

    private static byte[] weight(String key, String node) {
        try {
            return MessageDigest.getInstance("SHA-256").digest((node + '\n' + key).getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException error) {
            throw new AssertionError("every Java has SHA-256", error);
        }
    }
}
