package io.cordaoperator.creditrecord.gateway.azure;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** The authorities that Java trusts anyhow, and those of a file. */
final class TrustedAuthorities {
    private TrustedAuthorities() {
    }

    /** Returns a TLS context that trusts what Java does and the certificates of a PEM file. */
    static SSLContext with(Path caFile) {
        try {
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            int number = 0;
            for (X509Certificate each : defaults()) {
                trusted.setCertificateEntry("java-" + number++, each);
            }
            for (Certificate each : read(caFile)) {
                trusted.setCertificateEntry("file-" + number++, each);
            }
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, managers(trusted), null);
            return context;
        } catch (GeneralSecurityException | IOException error) {
            throw new IllegalStateException("gateway.tls.ca-file: " + caFile + " is expected to hold certificates in PEM"
                + " form, but: " + error.getMessage() + ". Check what is mounted there.", error);
        }
    }

    private static Collection<? extends Certificate> read(Path caFile) throws GeneralSecurityException, IOException {
        try (InputStream pem = Files.newInputStream(caFile)) {
            return CertificateFactory.getInstance("X.509").generateCertificates(pem);
        }
    }

    private static X509Certificate[] defaults() throws GeneralSecurityException {
        for (TrustManager manager : managers(null)) {
            if (manager instanceof X509TrustManager x509) {
                return x509.getAcceptedIssuers();
            }
        }
        throw new GeneralSecurityException("this Java has no trust store");
    }

    private static TrustManager[] managers(KeyStore trusted) throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(trusted);
        return factory.getTrustManagers();
    }
}
