package io.cordaoperator.nodetool;

import java.nio.file.Path;
import java.nio.file.Paths;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/** What the command line asks for. */
final class Arguments {
    static final String HELP = String.join("\n",
        "Usage: node-tool COMMAND [OPTION...]",
        "",
        "Asks the Corda node beside it over RPC.",
        "",
        "  drain [--timeout SECONDS] [--then-undrain]",
        "                             let the node take no new flows, and wait until none are left: 120 s, or as said;",
        "                             0 does not wait. With --then-undrain, for a node that is ended right after, it",
        "                             takes flows again in the end: Corda keeps draining mode over a restart",
        "  undrain [--wait SECONDS]   let the node take new flows again, and first wait so long until it answers",
        "  status                     print {\"draining\": true or false, \"flows\": how many are left}",
        "  accept-parameters HASH     accept the network parameters that are proposed",
        "  shutdown                   end the node without waiting for flows, which resume from their checkpoints",
        "",
        "  --address HOST:PORT        the node's RPC address; default $NODE_TOOL_ADDRESS, else localhost:10003",
        "  --credentials FILE         JSON with \"user\" and \"password\"; default /run/corda/node-tool.json",
        "  --help                     show this",
        "",
        "Exit codes: 0 done, 1 the node does not answer or refuses, 2 wrong usage, 3 flows are left after draining.");

    private static final List<String> COMMANDS =
        Arrays.asList("drain", "undrain", "status", "accept-parameters", "shutdown");

    String command = "";
    String hash = "";
    String address = System.getenv().getOrDefault("NODE_TOOL_ADDRESS", "localhost:10003");
    Path credentials = Paths.get("/run/corda/node-tool.json");
    Duration timeout = Duration.ofSeconds(120);
    boolean thenUndrain;
    Duration wait = Duration.ZERO;
    boolean help;

    private Arguments() {}

    static Arguments parse(String... words) throws Mistake {
        Arguments found = new Arguments();
        Deque<String> rest = new ArrayDeque<>(Arrays.asList(words));
        while (!rest.isEmpty()) {
            found.take(rest.remove(), rest);
        }
        if (!found.help && found.command.isEmpty()) {
            throw new Mistake("expected a command");
        }
        if (!found.address.matches("[^:\\s]+:[0-9]{1,5}")) {
            throw new Mistake("the address is " + found.address + ", expected HOST:PORT");
        }
        return found;
    }

    private void take(String word, Deque<String> rest) throws Mistake {
        switch (word) {
            case "--help":
            case "-h":
                help = true;
                break;
            case "--address":
                address = value(word, rest);
                break;
            case "--credentials":
                credentials = Paths.get(value(word, rest));
                break;
            case "--timeout":
                belongsBehind("drain", word);
                timeout = seconds(word, value(word, rest));
                break;
            case "--then-undrain":
                belongsBehind("drain", word);
                thenUndrain = true;
                break;
            case "--wait":
                belongsBehind("undrain", word);
                wait = seconds(word, value(word, rest));
                break;
            default:
                command(word, rest);
        }
    }

    private void belongsBehind(String expected, String word) throws Mistake {
        if (!command.equals(expected)) {
            throw new Mistake(word + " belongs behind " + expected);
        }
    }

    private void command(String word, Deque<String> rest) throws Mistake {
        if (!command.isEmpty() || !COMMANDS.contains(word)) {
            throw new Mistake("unexpected " + word);
        }
        command = word;
        if (word.equals("accept-parameters")) {
            hash = value(word, rest);
            if (!hash.matches("[0-9A-Fa-f]{64}")) {
                throw new Mistake("expected the parameters' hash of 64 hexadecimal digits, found " + hash);
            }
        }
    }

    private static String value(String word, Deque<String> rest) throws Mistake {
        if (rest.isEmpty()) {
            throw new Mistake("expected a value behind " + word);
        }
        return rest.remove();
    }

    private static Duration seconds(String word, String text) throws Mistake {
        if (!text.matches("[0-9]{1,9}")) {
            throw new Mistake(word + " is " + text + ", expected seconds");
        }
        return Duration.ofSeconds(Long.parseLong(text));
    }

    /** A command line that asks for nothing that there is. */
    static final class Mistake extends Exception {
        private static final long serialVersionUID = 1L;

        Mistake(String message) {
            super(message);
        }
    }
}
