package io.cordaoperator.creditrecord.gateway.azure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.azure.security.keyvault.secrets.SecretClient;
import com.azure.security.keyvault.secrets.models.KeyVaultSecret;
import org.junit.jupiter.api.Test;
import org.mockito.Mockito;

class KeyVaultPasswordTest {
    private final SecretClient vault = Mockito.mock(SecretClient.class);
    private final KeyVaultPassword password = new KeyVaultPassword(vault, "rpc-gateway");

    @Test
    void itIsReadOnceUntilItIsRefused() {
        Mockito.when(vault.getSecret("rpc-gateway")).thenReturn(secret("first"), secret("second"));
        assertThat(password.current()).isEqualTo("first");
        assertThat(password.current()).isEqualTo("first");
        assertThat(password.readAgain()).isEqualTo("second");
        assertThat(password.current()).isEqualTo("second");
    }

    @Test
    void whoeverCannotReadItIsToldWhatIsMissing() {
        Mockito.when(vault.getVaultUrl()).thenReturn("https://kv.test");
        Mockito.when(vault.getSecret("rpc-gateway")).thenThrow(new IllegalStateException("Forbidden\nmore"));
        assertThatThrownBy(password::current)
            .hasMessageContaining("rpc-gateway").hasMessageContaining("https://kv.test")
            .hasMessageContaining("Forbidden").hasMessageContaining("Key Vault Secrets User");
    }

    private static KeyVaultSecret secret(String value) {
        return new KeyVaultSecret("rpc-gateway", value);
    }
}
