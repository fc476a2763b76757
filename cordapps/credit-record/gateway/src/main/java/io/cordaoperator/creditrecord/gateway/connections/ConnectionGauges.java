package io.cordaoperator.creditrecord.gateway.connections;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import org.springframework.stereotype.Component;

/** Shows how many connections each of the bank's nodes has from this replica. */
@Component
class ConnectionGauges {
    private final MultiGauge gauges;

    ConnectionGauges(MeterRegistry registry, Connections connections) {
        gauges = MultiGauge.builder("credit.gateway.rpc.connections")
            .description("RPC connections from this replica by the node that they lead to").register(registry);
        connections.onChange(byNode -> gauges.register(
            byNode.entrySet().stream().map(each -> Row.of(Tags.of("node", each.getKey()), each.getValue())).toList(),
            true));
    }
}
