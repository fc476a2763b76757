import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Currency;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import net.corda.client.rpc.CordaRPCClient;
import net.corda.client.rpc.CordaRPCConnection;
import net.corda.core.contracts.Amount;
import net.corda.core.contracts.StateAndRef;
import net.corda.core.contracts.StateRef;
import net.corda.core.crypto.SecureHash;
import net.corda.core.flows.ContractUpgradeFlow;
import net.corda.core.flows.StateMachineRunId;
import net.corda.core.identity.CordaX500Name;
import net.corda.core.identity.Party;
import net.corda.core.messaging.CordaRPCOps;
import net.corda.core.messaging.DataFeed;
import net.corda.core.messaging.FlowHandle;
import net.corda.core.messaging.ParametersUpdateInfo;
import net.corda.core.node.NetworkParameters;
import net.corda.core.transactions.SignedTransaction;
import net.corda.core.utilities.NetworkHostAndPort;
import net.corda.core.utilities.OpaqueBytes;
import net.corda.finance.contracts.asset.Cash;
import net.corda.finance.flows.AbstractCashFlow;
import net.corda.finance.flows.CashIssueFlow;
import net.corda.finance.flows.CashPaymentFlow;

/**
 * Asks nodes over Corda's own RPC: one JSON object a line on standard input, one answer a line on standard output.
 *
 * <p>It stays for a whole run of tests, since a JVM takes seconds to connect for the first time.
 * Arguments: user, password.
 */
public final class Rpc {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final StateRef NOTHING = new StateRef(SecureHash.zeroHash, 0);
    private static final Currency POUNDS = Currency.getInstance("GBP");

    private final Map<String, CordaRPCConnection> connections = new HashMap<>();
    private final String user;
    private final String password;

    private Rpc(String user, String password) {
        this.user = user;
        this.password = password;
    }

    public static void main(String[] arguments) throws Exception {
        PrintStream answers = System.out;
        // Corda's log goes where the answers do not.
        System.setOut(System.err);
        Rpc rpc = new Rpc(arguments[0], arguments[1]);
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = requests.readLine(); line != null; line = requests.readLine()) {
            ObjectNode answer = JSON.createObjectNode();
            try {
                answer.set("result", JSON.valueToTree(rpc.answer(JSON.readTree(line))));
            } catch (Exception error) {
                answer.put("error", error.toString());
            }
            answers.println(JSON.writeValueAsString(answer));
        }
        System.exit(0);
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

    private static Object answer(CordaRPCOps node, JsonNode request) throws Exception {
        String command = request.get("command").asText();
        switch (command) {
            case "nodes":
                return node.networkMapSnapshot().stream()
                    .map(each -> each.getLegalIdentities().get(0).getName().toString()).collect(Collectors.toList());
            case "notaries":
                return node.notaryIdentities().stream()
                    .map(each -> each.getName().toString()).collect(Collectors.toList());
            case "parameters":
                return parameters(node.getNetworkParameters());
            case "update":
                return update(node);
            case "accept":
                node.acceptNewNetworkParameters(SecureHash.create(request.get("hash").asText()));
                return null;
            case "issue":
                return transaction(node, node.startFlowDynamic(
                    CashIssueFlow.class, amount(request), OpaqueBytes.of((byte) 1), node.notaryIdentities().get(0)));
            case "pay":
                return transaction(node, pay(node, request));
            case "start paying":
                return pay(node, request).getId().getUuid().toString();
            case "start":
                // A flow that every node has, and that does nothing if there was nothing to authorise.
                return node.startFlowDynamic(ContractUpgradeFlow.Deauthorise.class, NOTHING).getId().toString();
            case "kill":
                return node.killFlow(new StateMachineRunId(UUID.fromString(request.get("flow").asText())));
            case "flows":
                return node.stateMachinesSnapshot().stream()
                    .map(each -> each.getId().getUuid().toString()).collect(Collectors.toList());
            case "cash":
                return node.vaultQuery(Cash.State.class).getStates().stream()
                    .map(StateAndRef::getState).mapToLong(each -> each.getData().getAmount().getQuantity()).sum();
            default:
                throw new IllegalArgumentException("there is no command " + command);
        }
    }

    private static Map<String, Object> parameters(NetworkParameters parameters) {
        Map<String, Object> result = new HashMap<>();
        result.put("epoch", parameters.getEpoch());
        result.put("maxMessageSize", parameters.getMaxMessageSize());
        return result;
    }

    private static Map<String, Object> update(CordaRPCOps node) {
        DataFeed<ParametersUpdateInfo, ParametersUpdateInfo> feed = node.networkParametersFeed();
        feed.getUpdates().subscribe().unsubscribe();
        ParametersUpdateInfo update = feed.getSnapshot();
        if (update == null) {
            return null;
        }
        Map<String, Object> result = new HashMap<>();
        result.put("hash", update.getHash().toString());
        result.put("description", update.getDescription());
        return result;
    }

    private static FlowHandle<AbstractCashFlow.Result> pay(CordaRPCOps node, JsonNode request) {
        CordaX500Name name = CordaX500Name.parse(request.get("recipient").asText());
        Party recipient = node.wellKnownPartyFromX500Name(name);
        if (recipient == null) {
            throw new IllegalArgumentException("the node knows nobody called " + name);
        }
        return node.startFlowDynamic(CashPaymentFlow.class, amount(request), recipient, false);
    }

    private static Map<String, Object> transaction(CordaRPCOps node, FlowHandle<AbstractCashFlow.Result> flow)
            throws Exception {
        SignedTransaction transaction = flow.getReturnValue().get(Duration.ofMinutes(3).getSeconds(), TimeUnit.SECONDS)
            .getStx();
        Party notary = transaction.getNotary();
        Map<String, Object> result = new HashMap<>();
        result.put("id", transaction.getId().toString());
        result.put("notary", notary.getName().toString());
        result.put("notarised",
            transaction.getSigs().stream().anyMatch(each -> each.getBy().equals(notary.getOwningKey())));
        return result;
    }

    private static Amount<Currency> amount(JsonNode request) {
        return new Amount<>(request.get("amount").asLong(), POUNDS);
    }
}
