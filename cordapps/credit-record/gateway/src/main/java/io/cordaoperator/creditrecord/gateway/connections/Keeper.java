package io.cordaoperator.creditrecord.gateway.connections;

import io.cordaoperator.creditrecord.gateway.GatewaySettings;
import io.cordaoperator.creditrecord.gateway.ledger.Connector;
import io.cordaoperator.creditrecord.gateway.ledger.Connector.ConnectFailure;
import io.cordaoperator.creditrecord.gateway.ledger.NodeFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/** Keeps the wished number of connections up, one thread for each. */
@Component
public class Keeper implements SmartLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(Keeper.class);
    private static final Duration FIRST_WAIT = Duration.ofMillis(250);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(5);
    /** How often a node is asked for the network map, which also shows whether the connection still leads to it. */
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(5);
    private static final int LOOKS_BETWEEN_CLEANINGS = 6;
    /** Requests wait for a node that is back but has no connection, and every other try reaches another node. */
    private static final Duration LONGEST_BETWEEN_TRIES = Duration.ofSeconds(8);

    private final Connector connector;
    private final Connections connections;
    private final int wished;
    private final Rebalancing rebalancing =
        new Rebalancing(new Backoff(BETWEEN_LOOKS, LONGEST_BETWEEN_TRIES, RandomGenerator.getDefault()));
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean running;

    Keeper(Connector connector, Connections connections, GatewaySettings settings) {
        this.connector = connector;
        this.connections = connections;
        wished = settings.rpc().connections();
    }

    @Override
    public void start() {
        running = true;
        for (int number = 1; number <= wished; number++) {
            Thread thread = new Thread(this::keep, "rpc-connection-" + number);
            thread.setDaemon(true);
            threads.add(thread);
            thread.start();
        }
    }

    @Override
    public void stop() {
        running = false;
        threads.forEach(Thread::interrupt);
        threads.clear();
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** Stops after the web server, whose last requests still need connections. */
    @Override
    public int getPhase() {
        return 0;
    }

    private void keep() {
        Backoff backoff = new Backoff(FIRST_WAIT, LONGEST_WAIT, RandomGenerator.getDefault());
        String failure = null;
        while (running) {
            try {
                Connection connection = new Connection(connector.connect());
                failure = null;
                backoff.reset();
                LOG.info("Connected to {}", connection.name());
                watch(connection);
            } catch (ConnectFailure error) {
                // Once, and not with every try: nodes may be away for long.
                if (!error.getMessage().equals(failure)) {
                    LOG.warn("{}", error.getMessage());
                }
                failure = error.getMessage();
                pause(backoff.next());
            } catch (InterruptedException error) {
                Thread.currentThread().interrupt();
            } catch (RuntimeException error) {
                LOG.error("A connection could not be kept up; another is opened", error);
                pause(backoff.next());
            }
        }
    }

    /** Stays with a connection, or with what takes its place, until it is lost. */
    private void watch(Connection first) throws InterruptedException {
        Connection connection = first;
        try {
            // Requests need to know all of the bank's nodes to find the home of a key.
            connections.listed(connection.node().nodesOfBank());
            connections.add(connection);
            connection = rebalancing.better(connection, connections, connector);
            for (int look = 1; connections.standsFor(connection, BETWEEN_LOOKS); look++) {
                connections.listed(connection.node().nodesOfBank());
                if (look % LOOKS_BETWEEN_CLEANINGS == 0) {
                    connection.node().forgetEndedFlows();
                }
                connection = rebalancing.better(connection, connections, connector);
            }
            LOG.warn("The connection to {} is lost", connection.name());
        } catch (NodeFailure error) {
            LOG.warn("The connection to {} is lost: {}", connection.name(), error.getMessage());
        } finally {
            connections.drop(connection);
        }
    }

    private static void pause(Duration time) {
        try {
            Thread.sleep(time.toMillis());
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
        }
    }
}
