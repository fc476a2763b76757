import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cordaoperator.creditrecord.flows.CreateCreditRecord;
import io.cordaoperator.creditrecord.flows.UpdateCreditRecord;
import io.cordaoperator.creditrecord.flows.WrittenRecord;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import net.corda.client.rpc.CordaRPCClient;
import net.corda.client.rpc.CordaRPCClientConfiguration;
import net.corda.client.rpc.CordaRPCConnection;
import net.corda.core.messaging.CordaRPCOps;
import net.corda.core.utilities.NetworkHostAndPort;

/**
 * Writes credit records over Corda's own RPC: a JSON object a line on standard input, an answer a line.
 *
 * <p>Every request has the user, the password and the counterparty. Times are milliseconds since 1970.
 */
public final class Client {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** Short against a start, and long enough to leave the processors to the nodes that start. */
    private static final long PAUSE_MILLISECONDS = 500;
    private static final int CONNECT_MILLISECONDS = 500;

    private final String user;
    private final String password;
    private final String counterparty;

    private Client(JsonNode request) {
        user = request.get("user").asText();
        password = request.get("password").asText();
        counterparty = request.get("counterparty").asText();
    }

    public static void main(String[] arguments) throws Exception {
        PrintStream answers = System.out;
        // Corda's log goes where the answers do not.
        System.setOut(System.err);
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = requests.readLine(); line != null; line = requests.readLine()) {
            ObjectNode answer = JSON.createObjectNode();
            try {
                JsonNode request = JSON.readTree(line);
                answer.set("result", JSON.valueToTree(new Client(request).answer(request)));
            } catch (Exception error) {
                answer.put("error", error.toString());
            }
            answers.println(JSON.writeValueAsString(answer));
        }
        System.exit(0);
    }

    private Object answer(JsonNode request) throws Exception {
        String command = request.get("command").asText();
        switch (command) {
            case "first":
                return first(request.get("node").asText(), request.get("seconds").asInt());
            case "load":
                return load(request);
            default:
                throw new IllegalArgumentException("there is no command " + command);
        }
    }

    /** Connects to a node that may not be there yet, and writes a record as soon as that succeeds. */
    private Map<String, Object> first(String node, int seconds) throws Exception {
        long end = System.currentTimeMillis() + Duration.ofSeconds(seconds).toMillis();
        Map<String, Object> result = new HashMap<>();
        CordaRPCConnection connection = connected(node, end, result);
        try {
            result.put("connected", System.currentTimeMillis());
            for (int refused = 0;; refused++) {
                try {
                    WrittenRecord written = create(connection.getProxy(), end);
                    result.put("committed", System.currentTimeMillis());
                    result.put("refused", refused);
                    result.put("transaction", written.getTransactionId());
                    return result;
                } catch (Exception error) {
                    // Until the node has read of the other bank and of the notary in the network map.
                    waitAgain(end, error);
                }
            }
        } finally {
            connection.forceClose();
        }
    }

    private CordaRPCConnection connected(String node, long end, Map<String, Object> result) throws Exception {
        NetworkHostAndPort address = NetworkHostAndPort.parse(node);
        while (true) {
            try {
                // Corda's client waits for seconds after an attempt that failed, so it is left to try only when somebody listens.
                try (Socket socket = new Socket()) {
                    socket.connect(new InetSocketAddress(address.getHost(), address.getPort()), CONNECT_MILLISECONDS);
                }
                result.putIfAbsent("open", System.currentTimeMillis());
                return new CordaRPCClient(address, impatient()).start(user, password);
            } catch (Exception error) {
                waitAgain(end, error);
            }
        }
    }

    private static CordaRPCClientConfiguration impatient() {
        CordaRPCClientConfiguration defaults = CordaRPCClientConfiguration.DEFAULT;
        return defaults.copy(
            defaults.getConnectionMaxRetryInterval(), defaults.getMinimumServerProtocolVersion(),
            defaults.getTrackRpcCallSites(), defaults.getReapInterval(), defaults.getObservationExecutorPoolSize(),
            defaults.getCacheConcurrencyLevel(), Duration.ofMillis(PAUSE_MILLISECONDS), 1.0, 0,
            defaults.getMaxFileSize(), defaults.getDeduplicationCacheExpiry());
    }

    private static void waitAgain(long end, Exception error) throws Exception {
        if (System.currentTimeMillis() > end) {
            throw error;
        }
        Thread.sleep(PAUSE_MILLISECONDS);
    }

    /** Has as many clients as asked for write records one after the other: each creates one, then updates it. */
    private Map<String, Object> load(JsonNode request) throws Exception {
        List<CordaRPCConnection> connections = new ArrayList<>();
        int clients = request.get("clients").asInt();
        ExecutorService threads = Executors.newFixedThreadPool(clients);
        try {
            for (JsonNode node : request.get("nodes")) {
                connections.add(new CordaRPCClient(NetworkHostAndPort.parse(node.asText())).start(user, password));
            }
            long start = System.nanoTime();
            long end = start + Duration.ofMillis((long) (request.get("seconds").asDouble() * 1000)).toNanos();
            List<Callable<List<Double>>> work = new ArrayList<>();
            for (int client = 0; client < clients; client++) {
                int number = client;
                work.add(() -> write(connections, number, end));
            }
            List<Double> latencies = new ArrayList<>();
            for (Future<List<Double>> each : threads.invokeAll(work)) {
                latencies.addAll(each.get());
            }
            Map<String, Object> result = new HashMap<>();
            result.put("seconds", (System.nanoTime() - start) / 1e9);
            result.put("milliseconds", latencies);
            return result;
        } finally {
            threads.shutdown();
            connections.forEach(CordaRPCConnection::forceClose);
        }
    }

    /** Returns the milliseconds that each committed transaction took. Each record goes to the next node. */
    private List<Double> write(List<CordaRPCConnection> connections, int number, long end) throws Exception {
        List<Double> latencies = new ArrayList<>();
        for (int turn = number; System.nanoTime() < end; turn++) {
            CordaRPCOps node = connections.get(turn % connections.size()).getProxy();
            long start = System.nanoTime();
            WrittenRecord created = create(node, Long.MAX_VALUE);
            latencies.add((System.nanoTime() - start) / 1e6);
            start = System.nanoTime();
            node.startFlowDynamic(UpdateCreditRecord.class, created.getRecordId(), created.getVersion(), 700, "history/2",
                UUID.randomUUID().toString()).getReturnValue().get(3, TimeUnit.MINUTES);
            latencies.add((System.nanoTime() - start) / 1e6);
        }
        return latencies;
    }

    private WrittenRecord create(CordaRPCOps node, long end) throws Exception {
        long left = Math.min(end - System.currentTimeMillis(), Duration.ofMinutes(3).toMillis());
        return node.startFlowDynamic(CreateCreditRecord.class, "customer-" + UUID.randomUUID(), 640, "history/1", counterparty,
            UUID.randomUUID().toString()).getReturnValue().get(left, TimeUnit.MILLISECONDS);
    }
}
