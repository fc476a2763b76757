package io.cordaoperator.creditrecord.gateway.requests;

import io.cordaoperator.creditrecord.gateway.ledger.NodeFailure;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.Supplier;
import org.springframework.stereotype.Component;

/** Counts what nodes were asked, what came of it, and what was asked again. */
@Component
public class Counters {
    private final MeterRegistry registry;

    Counters(MeterRegistry registry) {
        this.registry = registry;
    }

    /** Asks a node, and counts it by its outcome. */
    <T> T counted(String node, String operation, Supplier<T> call) {
        String outcome = "error";
        try {
            T result = call.get();
            outcome = "success";
            return result;
        } catch (NodeFailure error) {
            outcome = outcome(error);
            throw error;
        } finally {
            registry.counter("credit.gateway.node.requests", "node", node, "operation", operation, "outcome", outcome)
                .increment();
        }
    }

    void retried(String operation, NodeFailure reason) {
        registry.counter("credit.gateway.retries", "operation", operation, "reason", outcome(reason)).increment();
    }

    private static String outcome(NodeFailure error) {
        if (error instanceof NodeFailure.Lost) {
            return "connection_lost";
        }
        if (error instanceof NodeFailure.TurnedAway) {
            return "turned_away";
        }
        if (error instanceof NodeFailure.StillRunning) {
            return "still_running";
        }
        if (error instanceof NodeFailure.Refused) {
            return "refused";
        }
        return "error";
    }
}
