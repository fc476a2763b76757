package io.cordaoperator.creditrecord.gateway.connections;

import java.util.Map;
import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.stereotype.Component;

/** Up as long as a connection to any node stands: the rest is for requests to wait for. */
@Component("nodes")
class NodesHealth implements HealthIndicator {
    private final Connections connections;

    NodesHealth(Connections connections) {
        this.connections = connections;
    }

    @Override
    public Health health() {
        Map<String, Long> byNode = connections.byNode();
        boolean any = byNode.values().stream().anyMatch(count -> count > 0);
        return (any ? Health.up() : Health.outOfService()).withDetails(byNode).build();
    }
}
