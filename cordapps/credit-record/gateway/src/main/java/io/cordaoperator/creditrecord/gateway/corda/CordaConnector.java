package io.cordaoperator.creditrecord.gateway.corda;

import io.cordaoperator.creditrecord.gateway.GatewaySettings;
import io.cordaoperator.creditrecord.gateway.ledger.Connector;
import io.cordaoperator.creditrecord.gateway.ledger.Node;
import io.cordaoperator.creditrecord.gateway.ledger.NodeFailure;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import net.corda.client.rpc.CordaRPCClient;
import net.corda.client.rpc.CordaRPCClientConfiguration;
import net.corda.client.rpc.CordaRPCConnection;
import net.corda.core.utilities.NetworkHostAndPort;
import org.apache.activemq.artemis.api.core.ActiveMQSecurityException;
import org.springframework.stereotype.Component;

/** Opens Corda RPC connections through the member's load balancer. */
@Component
public class CordaConnector implements Connector {
    private final GatewaySettings.Rpc settings;
    private final RpcPassword password;
    private final CordaRPCClient client;
    /** Artemis waits half a minute for what takes a connection and says nothing, as a load balancer without nodes. */
    private final ExecutorService threads = Executors.newCachedThreadPool(Daemons.named("rpc-connect"));

    CordaConnector(GatewaySettings settings, RpcPassword password) {
        this.settings = settings.rpc();
        this.password = password;
        client = new CordaRPCClient(NetworkHostAndPort.parse(this.settings.address()), configuration());
    }

    @Override
    public Node connect() throws ConnectFailure {
        try {
            return open(secret(password::current));
        } catch (LoginRefused error) {
            // It may have been rotated since it was read.
            try {
                return open(secret(password::readAgain));
            } catch (LoginRefused again) {
                throw new ConnectFailure("The node behind " + settings.address() + " lets the RPC user \""
                    + settings.user() + "\" not in with the password that Key Vault has. Nodes read theirs when they"
                    + " start: check the secret's newest version and the nodes' rpcUsers.", again);
            }
        }
    }

    private static String secret(Supplier<String> reading) throws ConnectFailure {
        try {
            return reading.get();
        } catch (IllegalStateException error) {
            throw new ConnectFailure(error.getMessage(), error);
        }
    }

    private Node open(String secret) throws ConnectFailure, LoginRefused {
        CordaRPCConnection connection = started(secret);
        try {
            return new CordaNode(connection, settings.answerTimeout());
        } catch (NodeFailure error) {
            connection.forceClose();
            throw new ConnectFailure("The node behind " + settings.address() + " does not say which one it is: "
                + error.getMessage(), error);
        }
    }

    private CordaRPCConnection started(String secret) throws ConnectFailure, LoginRefused {
        CompletableFuture<CordaRPCConnection> starting =
            CompletableFuture.supplyAsync(() -> client.start(settings.user(), secret), threads);
        try {
            return starting.get(settings.answerTimeout().toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException error) {
            starting.thenAccept(CordaRPCConnection::forceClose);
            throw new ConnectFailure("What listens at " + settings.address() + " does not answer as a node within "
                + settings.answerTimeout().toSeconds() + " s.", error);
        } catch (ExecutionException error) {
            if (isLoginRefused(error)) {
                throw new LoginRefused(error);
            }
            throw new ConnectFailure(
                "No node answers at " + settings.address() + ": " + error.getCause().getMessage(), error);
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
            throw new ConnectFailure("Interrupted while connecting to " + settings.address() + ".", error);
        }
    }

    /** Java has no named arguments, so that a changed copy has to name all values, one of them deprecated. */
    @SuppressWarnings("deprecation")
    private static CordaRPCClientConfiguration configuration() {
        CordaRPCClientConfiguration defaults = CordaRPCClientConfiguration.DEFAULT;
        return defaults.copy(
            defaults.getConnectionMaxRetryInterval(), defaults.getMinimumServerProtocolVersion(),
            defaults.getTrackRpcCallSites(), Duration.ofSeconds(5), 1, defaults.getCacheConcurrencyLevel(),
            defaults.getConnectionRetryInterval(), defaults.getConnectionRetryIntervalMultiplier(),
            // Behind a load balancer a connection that comes back may lead to another node, so a new one is opened.
            0, defaults.getMaxFileSize(), defaults.getDeduplicationCacheExpiry());
    }

    private static boolean isLoginRefused(Throwable error) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            if (cause instanceof ActiveMQSecurityException) {
                return true;
            }
        }
        return false;
    }

    private static final class LoginRefused extends Exception {
        private static final long serialVersionUID = 1;

        LoginRefused(Throwable cause) {
            super(cause);
        }
    }
}
