package io.cordaoperator.nodetool;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import net.corda.client.rpc.CordaRPCClient;
import net.corda.client.rpc.CordaRPCClientConfiguration;
import net.corda.client.rpc.CordaRPCConnection;
import net.corda.client.rpc.UtilsKt;
import net.corda.core.crypto.SecureHash;
import net.corda.core.messaging.CordaRPCOps;
import net.corda.core.messaging.StateMachineInfo;
import net.corda.core.utilities.NetworkHostAndPort;

/** A connection to the node. */
final class Node implements AutoCloseable {
    private static final int CONNECT_MILLISECONDS = 5_000;
    private static final Duration RETRY = Duration.ofSeconds(1);

    private final CordaRPCConnection connection;
    private final CordaRPCOps operations;

    private Node(CordaRPCConnection connection) {
        this.connection = connection;
        this.operations = connection.getProxy();
    }

    /** Connects, and tries until {@code end}, as of System.nanoTime, if nobody listens yet. */
    static Node connect(String address, Credentials credentials, long end) throws Failure {
        NetworkHostAndPort place = NetworkHostAndPort.parse(address);
        // Corda's client needs seconds before it finds out, and a node that is not up yet is not to wait for us.
        while (true) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(place.getHost(), place.getPort()), CONNECT_MILLISECONDS);
                break;
            } catch (IOException error) {
                if (System.nanoTime() - end >= 0) {
                    throw new Failure("the node does not answer at " + address + ": " + error.getMessage());
                }
            }
            Drain.pause(RETRY.toMillis());
        }
        CordaRPCClientConfiguration configuration = CordaRPCClientConfiguration.DEFAULT.copy(
            RETRY, CordaRPCClientConfiguration.DEFAULT.getMinimumServerProtocolVersion(), false, Duration.ofSeconds(1), 1,
            1, RETRY, 1.0, 1);
        // With serializers that are given, if only none, the client does not search the class path for them.
        CordaRPCClient client = new CordaRPCClient(place, configuration, Collections.emptySet());
        return new Node(client.start(credentials.user, credentials.password));
    }

    void setDraining(boolean on) {
        operations.setFlowsDrainingModeEnabled(on);
    }

    boolean isDraining() {
        return operations.isFlowsDrainingModeEnabled();
    }

    /** Returns how many flows have not come to their end. */
    int flows() {
        List<StateMachineInfo> found = operations.stateMachinesSnapshot();
        for (StateMachineInfo each : found) {
            // Else the node keeps sending each flow's progress.
            if (each.getProgressTrackerStepAndUpdates() != null) {
                UtilsKt.notUsed(each.getProgressTrackerStepAndUpdates().getUpdates());
            }
        }
        return found.size();
    }

    void acceptParameters(String hash) {
        operations.acceptNewNetworkParameters(SecureHash.create(hash));
    }

    void shutDown() {
        operations.shutdown();
    }

    @Override
    public void close() {
        // The node may be gone already.
        connection.forceClose();
    }
}
