package io.cordaoperator.creditrecord.gateway.corda;

import io.cordaoperator.creditrecord.gateway.ledger.NodeFailure;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import net.corda.core.flows.FlowLogic;
import net.corda.core.messaging.CordaRPCOps;
import net.corda.core.messaging.FlowHandleWithClientId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Calls of one connection, with an end: Corda's own client waits for an answer as long as the connection stands. */
final class Calls implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Calls.class);

    private final ExecutorService threads = Executors.newCachedThreadPool(Daemons.named("rpc-call"));
    private final Duration answerTimeout;
    /** Done when the connection is closed, of which Corda's client does not always tell those who wait for a flow. */
    private final CompletableFuture<Void> closed = new CompletableFuture<>();

    Calls(Duration answerTimeout) {
        this.answerTimeout = answerTimeout;
    }

    /** Returns an answer that waits for no other node. */
    <T> T answer(Callable<T> call) {
        Future<T> answer;
        try {
            answer = threads.submit(call);
        } catch (RejectedExecutionException error) {
            throw new NodeFailure.Lost("The connection is closed.", error);
        }
        try {
            return answer.get(answerTimeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException error) {
            throw new NodeFailure.Lost("The node did not answer within " + answerTimeout.toSeconds() + " s.", error);
        } catch (ExecutionException error) {
            throw RpcErrors.translated(error.getCause());
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
            throw new NodeFailure.Lost("Interrupted while waiting for the node.", error);
        } finally {
            answer.cancel(true);
        }
    }

    /** Starts a flow, or finds it again if it was started with this client id before, and returns its result. */
    <T> T result(
            CordaRPCOps proxy, String clientId, Duration timeout, Class<? extends FlowLogic<T>> flow,
            Object... arguments) {
        FlowHandleWithClientId<T> handle =
            answer(() -> proxy.startFlowDynamicWithClientId(clientId, flow, arguments));
        try {
            CompletableFuture<T> ending = handle.getReturnValue().toCompletableFuture();
            CompletableFuture.anyOf(ending, closed).get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            T result = ending.getNow(null);
            if (result == null) {
                throw new NodeFailure.Lost("The connection was lost while the flow ran.", null);
            }
            forgetLater(proxy, clientId);
            return result;
        } catch (TimeoutException error) {
            throw new NodeFailure.StillRunning("The flow has not ended yet.");
        } catch (ExecutionException | CancellationException error) {
            NodeFailure failure =
                RpcErrors.translated(error instanceof ExecutionException ? error.getCause() : error);
            if (!(failure instanceof NodeFailure.Lost)) {
                forget(proxy, clientId);
            }
            throw failure;
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
            throw new NodeFailure.Lost("Interrupted while waiting for the flow.", error);
        } finally {
            handle.close();
        }
    }

    @Override
    public void close() {
        closed.complete(null);
        threads.shutdownNow();
    }

    /** Has the node forget a flow that went well, for which nobody has to wait. */
    private void forgetLater(CordaRPCOps proxy, String clientId) {
        try {
            threads.execute(() -> forget(proxy, clientId));
        } catch (RejectedExecutionException error) {
            LOG.debug("The connection was closed before a node could be told to forget a flow", error);
        }
    }

    /** Has the node forget a flow that has ended: what it wrote is in the vault, and what failed may be tried again. */
    void forget(CordaRPCOps proxy, String clientId) {
        try {
            answer(() -> proxy.removeClientId(clientId));
        } catch (NodeFailure error) {
            // The result stands. As long as the node keeps it, it gives the same to whoever comes again.
            LOG.warn("A node could not be told to forget a flow that has ended: {}", error.getMessage());
        }
    }
}
