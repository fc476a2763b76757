package io.cordaoperator.creditrecord.gateway.azure;

import com.azure.core.credential.TokenCredential;
import com.azure.core.http.HttpClient;
import com.azure.core.http.jdk.httpclient.JdkHttpClientBuilder;
import com.azure.core.util.Configuration;
import com.azure.identity.AzureAuthorityHosts;
import com.azure.identity.WorkloadIdentityCredentialBuilder;
import com.azure.security.keyvault.secrets.SecretClientBuilder;
import io.cordaoperator.creditrecord.gateway.GatewaySettings;
import io.cordaoperator.creditrecord.gateway.corda.RpcPassword;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.annotation.Bean;

/** Azure's clients, from the variables that AKS' workload identity sets in the pod. */
@org.springframework.context.annotation.Configuration
class AzureConfiguration {
    private static final Logger LOG = LoggerFactory.getLogger(AzureConfiguration.class);
    private static final Set<String> PUBLIC_AUTHORITIES = Set.of(
        host(AzureAuthorityHosts.AZURE_PUBLIC_CLOUD), host(AzureAuthorityHosts.AZURE_GOVERNMENT),
        host(AzureAuthorityHosts.AZURE_CHINA));
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration RESPONSE_TIMEOUT = Duration.ofSeconds(30);

    @Bean
    RpcPassword rpcPassword(GatewaySettings settings) {
        HttpClient http = httpClient(settings.tls().caFile());
        return new KeyVaultPassword(
            new SecretClientBuilder()
                .vaultUrl(settings.keyVault().url().toString())
                .credential(credential(http))
                .httpClient(http)
                .buildClient(),
            settings.keyVault().passwordSecret());
    }

    private static TokenCredential credential(HttpClient http) {
        WorkloadIdentityCredentialBuilder builder = new WorkloadIdentityCredentialBuilder().httpClient(http);
        String authority = Configuration.getGlobalConfiguration().get(Configuration.PROPERTY_AZURE_AUTHORITY_HOST);
        if (authority != null && !PUBLIC_AUTHORITIES.contains(host(authority))) {
            // Microsoft's directory of authorities knows the public ones alone.
            builder.disableInstanceDiscovery();
        }
        return builder.build();
    }

    private static HttpClient httpClient(Path caFile) {
        java.net.http.HttpClient.Builder client = java.net.http.HttpClient.newBuilder();
        if (caFile != null && Files.exists(caFile)) {
            client.sslContext(TrustedAuthorities.with(caFile));
        } else if (caFile != null) {
            // The same manifests are for Azure itself, where there is nothing to mount.
            LOG.info("There is no {}: the public authorities alone are trusted", caFile);
        }
        return new JdkHttpClientBuilder(client)
            .connectionTimeout(CONNECT_TIMEOUT).responseTimeout(RESPONSE_TIMEOUT).build();
    }

    private static String host(String url) {
        return URI.create(url).getHost();
    }
}
