import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cordaoperator.creditrecord.contracts.CreditRecordQueries;
import io.cordaoperator.creditrecord.contracts.CreditRecordState;
import io.cordaoperator.creditrecord.flows.CreateCreditRecord;
import io.cordaoperator.creditrecord.flows.CreditRecordRefused;
import io.cordaoperator.creditrecord.flows.UpdateCreditRecord;
import io.cordaoperator.creditrecord.flows.WrittenRecord;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import net.corda.client.rpc.CordaRPCClient;
import net.corda.client.rpc.CordaRPCConnection;
import net.corda.core.contracts.StateAndRef;
import net.corda.core.crypto.SecureHash;
import net.corda.core.messaging.CordaRPCOps;
import net.corda.core.messaging.FlowHandle;
import net.corda.core.node.services.Vault;
import net.corda.core.node.services.vault.PageSpecification;
import net.corda.core.node.services.vault.QueryCriteria;
import net.corda.core.node.services.vault.Sort;
import net.corda.core.transactions.SignedTransaction;
import net.corda.core.utilities.NetworkHostAndPort;

/**
 * Asks nodes for credit records over Corda's own RPC, as `Rpc.java` does: a JSON object a line, an answer a line.
 *
 * <p>Arguments: user, password.
 */
public final class CreditRecords {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Map<String, CordaRPCConnection> connections = new HashMap<>();
    private final Map<String, FlowHandle<WrittenRecord>> started = new HashMap<>();
    private final String user;
    private final String password;

    private CreditRecords(String user, String password) {
        this.user = user;
        this.password = password;
    }

    public static void main(String[] arguments) throws Exception {
        PrintStream answers = System.out;
        // Corda's log goes where the answers do not.
        System.setOut(System.err);
        CreditRecords records = new CreditRecords(arguments[0], arguments[1]);
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = requests.readLine(); line != null; line = requests.readLine()) {
            ObjectNode answer = JSON.createObjectNode();
            try {
                answer.set("result", JSON.valueToTree(records.answer(JSON.readTree(line))));
            } catch (ExecutionException error) {
                answer.put("error", failure(error.getCause()));
            } catch (Exception error) {
                answer.put("error", error.toString());
            }
            answers.println(JSON.writeValueAsString(answer));
        }
        System.exit(0);
    }

    private static String failure(Throwable error) {
        if (error instanceof CreditRecordRefused) {
            return ((CreditRecordRefused) error).getReason() + ": " + error.getMessage();
        }
        return error.toString();
    }

    private Object answer(JsonNode request) throws Exception {
        String address = request.get("node").asText();
        if (request.get("command").asText().equals("disconnect")) {
            CordaRPCConnection connection = connections.remove(address);
            if (connection != null) {
                connection.forceClose();
            }
            return null;
        }
        CordaRPCConnection connection = connections.get(address);
        if (connection == null) {
            connection = new CordaRPCClient(NetworkHostAndPort.parse(address)).start(user, password);
            connections.put(address, connection);
        }
        return answer(connection.getProxy(), request);
    }

    private Object answer(CordaRPCOps node, JsonNode request) throws Exception {
        String command = request.get("command").asText();
        switch (command) {
            case "create":
                return written(node, create(node, request));
            case "start creating":
                return start(create(node, request));
            case "update":
                return written(node, update(node, request));
            case "start updating":
                return start(update(node, request));
            case "result":
                return written(node, started.get(text(request, "flow")));
            case "record":
                return records(node, CreditRecordQueries.byRecord(UUID.fromString(text(request, "record"))));
            case "versions":
                return records(node, CreditRecordQueries.versionsOf(UUID.fromString(text(request, "record"))));
            case "subject":
                return records(node, CreditRecordQueries.bySubject(text(request, "subject")));
            case "request":
                return records(
                    node, CreditRecordQueries.byRequest(text(request, "organisation"), text(request, "request")));
            case "time":
                return records(node, CreditRecordQueries.byTime(
                    Instant.parse(text(request, "from")), Instant.parse(text(request, "until"))));
            case "flows":
                return node.stateMachinesSnapshot().stream()
                    .map(each -> each.getFlowLogicClassName()).collect(Collectors.toList());
            case "ended":
                return new ArrayList<>(node.finishedFlowsWithClientIds().keySet());
            case "nodes":
                return node.networkMapSnapshot().stream()
                    .map(each -> each.getLegalIdentities().get(0).getName().toString()).collect(Collectors.toList());
            case "cordapps":
                return node.nodeDiagnosticInfo().getCordapps().stream()
                    .collect(Collectors.toMap(each -> each.getShortName(), each -> each.getVersion()));
            default:
                throw new IllegalArgumentException("there is no command " + command);
        }
    }

    private static FlowHandle<WrittenRecord> create(CordaRPCOps node, JsonNode request) {
        return node.startFlowDynamic(CreateCreditRecord.class, text(request, "subject"), request.get("score").asInt(),
            "history/1", text(request, "counterparty"), text(request, "request"));
    }

    private static FlowHandle<WrittenRecord> update(CordaRPCOps node, JsonNode request) {
        return node.startFlowDynamic(UpdateCreditRecord.class, UUID.fromString(text(request, "record")),
            request.get("version").asInt(), request.get("score").asInt(), "history/2", text(request, "request"));
    }

    private String start(FlowHandle<WrittenRecord> flow) {
        String id = flow.getId().getUuid().toString();
        started.put(id, flow);
        return id;
    }

    private static String text(JsonNode request, String field) {
        return request.get(field).asText();
    }

    private static Map<String, Object> written(CordaRPCOps node, FlowHandle<WrittenRecord> flow) throws Exception {
        WrittenRecord written = flow.getReturnValue().get(Duration.ofMinutes(3).getSeconds(), TimeUnit.SECONDS);
        Map<String, Object> result = new HashMap<>();
        result.put("transaction", written.getTransactionId());
        result.put("record", written.getRecordId().toString());
        result.put("version", written.getVersion());
        result.put("time", written.getTime().toString());
        result.put("notarised", notarised(node, written.getTransactionId()));
        return result;
    }

    @SuppressWarnings("deprecation")
    private static boolean notarised(CordaRPCOps node, String id) {
        SignedTransaction transaction = node.internalFindVerifiedTransaction(SecureHash.create(id));
        return transaction.getSigs().stream()
            .anyMatch(each -> each.getBy().equals(transaction.getNotary().getOwningKey()));
    }

    private static List<Map<String, Object>> records(CordaRPCOps node, QueryCriteria criteria) {
        Vault.Page<CreditRecordState> page = node.vaultQueryBy(criteria, new PageSpecification(1, 50),
            CreditRecordQueries.sortedByTime(Sort.Direction.ASC), CreditRecordState.class);
        return page.getStates().stream().map(CreditRecords::described).collect(Collectors.toList());
    }

    private static Map<String, Object> described(StateAndRef<CreditRecordState> found) {
        CreditRecordState record = found.getState().getData();
        Map<String, Object> result = new HashMap<>();
        result.put("transaction", found.getRef().getTxhash().toString());
        result.put("record", record.getLinearId().getId().toString());
        result.put("version", record.getVersion());
        result.put("subject", record.getSubject());
        result.put("score", record.getScore());
        result.put("writer", record.writerOrganisation());
        result.put("request", record.getRequestId());
        return result;
    }
}
