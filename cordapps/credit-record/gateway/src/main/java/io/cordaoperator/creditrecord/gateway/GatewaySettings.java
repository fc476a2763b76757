package io.cordaoperator.creditrecord.gateway;

import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * What an installation sets.
 *
 * @param rpc where the bank's nodes are, and as whom to ask them
 * @param keyVault where the RPC user's password is
 * @param tls whom to trust besides the public authorities
 * @param requestTimeout how long a request may wait for Corda before its caller is told to ask again
 */
@Validated
@ConfigurationProperties("gateway")
public record GatewaySettings(
        @NotNull @Valid Rpc rpc,
        @NotNull @Valid KeyVault keyVault,
        @DefaultValue @Valid Tls tls,
        @DefaultValue("60s") Duration requestTimeout) {

    /**
     * Corda's RPC.
     *
     * @param address host:port of the member's load balancer, which leads to any node of the bank
     * @param user the RPC user
     * @param connections how many connections a replica holds; more than the bank has nodes, so that it reaches all
     * @param answerTimeout how long a node may take for an answer that waits for no other node, or to be connected
     */
    public record Rpc(
            @NotNull @Pattern(regexp = "[^:\\s]+:\\d{1,5}", message = "must be host:port") String address,
            @NotBlank String user,
            @DefaultValue("4") @Min(1) @Max(64) int connections,
            @DefaultValue("15s") Duration answerTimeout) {
    }

    /**
     * Azure Key Vault.
     *
     * @param url the vault's URL
     * @param passwordSecret the name of the secret with the RPC user's password
     */
    public record KeyVault(@NotNull URI url, @NotBlank String passwordSecret) {
    }

    /**
     * Trust.
     *
     * @param caFile certificates (PEM) of further authorities for Entra's and Key Vault's servers, if it exists
     */
    public record Tls(Path caFile) {
    }
}
