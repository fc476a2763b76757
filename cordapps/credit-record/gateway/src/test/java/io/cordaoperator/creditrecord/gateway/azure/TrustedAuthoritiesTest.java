package io.cordaoperator.creditrecord.gateway.azure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrustedAuthoritiesTest {
    @TempDir
    private Path folder;

    @Test
    void aFileWithoutCertificatesIsNamed() throws Exception {
        Path file = Files.writeString(folder.resolve("ca.pem"), "-----BEGIN CERTIFICATE-----\nno\n");
        assertThatThrownBy(() -> TrustedAuthorities.with(file))
            .hasMessageContaining("gateway.tls.ca-file").hasMessageContaining(file.toString());
    }

    @Test
    void anEmptyFileAddsNobody() throws Exception {
        assertThat(TrustedAuthorities.with(Files.createFile(folder.resolve("ca.pem")))).isNotNull();
    }
}
