package io.cordaoperator.creditrecord.gateway.azure;

import com.azure.security.keyvault.secrets.SecretClient;
import io.cordaoperator.creditrecord.gateway.corda.RpcPassword;

/** The RPC user's password as the newest version of a secret. */
final class KeyVaultPassword implements RpcPassword {
    private final SecretClient vault;
    private final String secret;
    private String current;

    KeyVaultPassword(SecretClient vault, String secret) {
        this.vault = vault;
        this.secret = secret;
    }

    @Override
    public synchronized String current() {
        return current == null ? readAgain() : current;
    }

    @Override
    public synchronized String readAgain() {
        try {

            current = vault.getSecret(secret).getValue();
            return current;
        } catch (RuntimeException error) {
            throw new IllegalStateException("The secret \"" + secret + "\" in " + vault.getVaultUrl() + " cannot be"
                + " read: " + firstLine(error) + " The identity of this pod needs the role Key Vault Secrets User"
                + " there.", error);
        }
    }

    private static String firstLine(Throwable error) {
        return String.valueOf(error.getMessage()).lines().findFirst().orElse("");
    }
}
