package io.cordaoperator.creditrecord.gateway.requests;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.springframework.stereotype.Component;

/**
 * Which of the bank's nodes wrote a record last, as far as this replica had it written: that node has the newest
 * version for certain, while it may still be on its way to the others.
 */
@Component
class LastWriters {
    private static final int MOST = 10_000;

    private final Map<UUID, String> nodes = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<UUID, String> eldest) {
            return size() > MOST;
        }
    };

    /** Remembers where a version of a record was written. */
    synchronized void wrote(UUID record, String node) {
        // The last to be forgotten.
        nodes.remove(record);
        nodes.put(record, node);
    }

    /** Returns the node that wrote a record, if that was not long ago. */
    synchronized Optional<String> of(UUID record) {
        return Optional.ofNullable(nodes.get(record));
    }

    /** Returns what is to be said of a record that no node which can be asked knows. */
    RequestFailure unknown(UUID record) {
        return of(record).<RequestFailure>map(node -> new RequestFailure.NoNode("The node " + node + " of this bank wrote"
                + " the credit record " + record + " and can't be asked now; the others don't have it yet. Nothing was"
                + " written. Repeat the request later."))
            .orElseGet(() -> new RequestFailure.Unknown("No node of this bank knows a credit record " + record + "."));
    }
}
