package io.cordaoperator.nodetool;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * What is done to a running node from beside it: draining, undraining, shutting down, accepting parameters.
 *
 * <p>Only over Corda's RPC can these be done, and only a JVM speaks that. It runs within the node's own container and so
 * within its memory, which is why it takes little, and it never outlives its deadline: Kubernetes waits for it.
 */
public final class NodeTool {
    private static final int DONE = 0;
    private static final int FAILED = 1;
    private static final int MISUSED = 2;
    private static final int FLOWS_LEFT = 3;
    /** For whatever a node has to answer at once, its connection included: a busy one takes 20 s for that. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private NodeTool() {}

    public static void main(String[] words) {
        int code;
        try {
            Arguments arguments = Arguments.parse(words);
            code = arguments.help ? help() : withinTime(arguments);
        } catch (Arguments.Mistake mistake) {
            System.err.println("node-tool: " + mistake.getMessage() + "; node-tool --help says what there is");
            code = MISUSED;
        } catch (Failure failure) {
            System.err.println("node-tool: " + failure.getMessage());
            code = FAILED;
        }
        // Corda's client keeps threads that wait for a node that may be gone.
        Runtime.getRuntime().halt(code);
    }

    private static int help() {
        System.out.println(Arguments.HELP);
        return DONE;
    }

    private static int withinTime(Arguments arguments) throws Failure {
        Duration patience = PATIENCE.plus(arguments.wait);
        if (arguments.command.equals("drain")) {
            patience = patience.plus(arguments.timeout);
        }
        FutureTask<Integer> task = new FutureTask<>(() -> run(arguments));
        Thread thread = new Thread(task, "node-tool");
        thread.setDaemon(true);
        thread.start();
        try {
            return task.get(patience.getSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException error) {
            throw Failure.of(error.getCause(), arguments.address);
        } catch (TimeoutException error) {
            throw new Failure("the node at " + arguments.address + " did not answer within " + patience.getSeconds() + " s");
        } catch (InterruptedException error) {
            throw new Failure("interrupted");
        }
    }

    private static int run(Arguments arguments) throws IOException, Failure {
        long start = System.nanoTime();
        Credentials credentials = Credentials.read(arguments.credentials);
        try (Node node = Node.connect(arguments.address, credentials, start + arguments.wait.toNanos())) {
            switch (arguments.command) {
                case "drain":
                    return drain(node, start + arguments.timeout.toNanos(), arguments.thenUndrain);
                case "undrain":
                    node.setDraining(false);
                    System.out.println("The node takes new flows again.");
                    return DONE;
                case "status":
                    System.out.println("{\"draining\": " + node.isDraining() + ", \"flows\": " + node.flows() + "}");
                    return DONE;
                case "accept-parameters":
                    node.acceptParameters(arguments.hash);
                    System.out.println("The node has accepted the network parameters " + arguments.hash + ".");
                    return DONE;
                case "shutdown":
                    node.shutDown();
                    System.out.println("The node shuts down.");
                    return DONE;
                default:
                    throw new IllegalStateException(arguments.command);
            }
        }
    }

    private static int drain(Node node, long end, boolean thenUndrain) throws Failure {
        node.setDraining(true);
        System.out.println("The node takes no new flows.");
        int left = new Drain(node, end).await();
        if (thenUndrain) {
            node.setDraining(false);
        }
        if (left == 0) {
            System.out.println("No flows are left.");
            return DONE;
        }
        System.err.println("node-tool: " + Drain.count(left) + " left, which resume from their checkpoints if the node "
            + "ends now; draining mode " + (thenUndrain ? "is off again" : "stays on"));
        return FLOWS_LEFT;
    }
}
