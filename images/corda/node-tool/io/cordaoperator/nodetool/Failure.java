package io.cordaoperator.nodetool;

import net.corda.client.rpc.PermissionException;
import net.corda.client.rpc.RPCException;
import org.apache.activemq.artemis.api.core.ActiveMQSecurityException;

/** The node does not answer or refuses; the message says so to people. */
final class Failure extends Exception {
    private static final long serialVersionUID = 1L;

    Failure(String message) {
        super(message);
    }

    static Failure of(Throwable error, String address) {
        if (error instanceof Failure) {
            return (Failure) error;
        }
        for (Throwable each = error; each != null; each = each.getCause()) {
            if (each instanceof ActiveMQSecurityException) {
                return new Failure("the node at " + address + " knows no such user with that password");
            }
        }
        if (error instanceof PermissionException) {
            return new Failure("the node at " + address + " does not let this user do that: " + error.getMessage());
        }
        if (error instanceof RPCException) {
            return new Failure("the node at " + address + " does not answer: " + error.getMessage());
        }
        return new Failure("the node at " + address + " refuses: " + error);
    }
}
