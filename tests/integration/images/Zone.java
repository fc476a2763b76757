import java.io.OutputStream;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.Date;
import java.util.List;
import net.corda.core.internal.InternalUtils;
import net.corda.core.internal.SignedDataWithCert;
import net.corda.core.node.NetworkParameters;
import net.corda.core.serialization.SerializationAPIKt;
import net.corda.core.serialization.SerializationContext;
import net.corda.core.serialization.SerializationFactory;
import net.corda.core.serialization.internal.SerializationEnvironment;
import net.corda.core.serialization.internal.SerializationEnvironmentKt;
import net.corda.nodeapi.internal.serialization.amqp.AMQPServerSerializationScheme;
import net.corda.serialization.internal.SerializationFactoryImpl;
import net.corda.serialization.internal.SharedContexts;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * A zone of one node, made with Corda's own classes: keystores and signed network parameters.
 *
 * <p>Arguments: base directory, legal name, password of the stores, lowest platform version.
 */
public final class Zone {
    private static final ASN1ObjectIdentifier ROLE = new ASN1ObjectIdentifier("1.3.6.1.4.1.50530.1.1");
    private static final int AUTHORITY = KeyUsage.digitalSignature | KeyUsage.keyCertSign | KeyUsage.cRLSign;

    /** A key with its certificate. */
    private static final class Holder {
        final KeyPair keys;
        X509Certificate certificate;

        Holder() throws Exception {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            keys = generator.generateKeyPair();
        }
    }

    public static void main(String[] arguments) throws Exception {
        Path folder = Paths.get(arguments[0]);
        String name = arguments[1];
        char[] password = arguments[2].toCharArray();

        Holder root = issue(null, "CN=Root, O=Zone, L=London, C=GB", 0, true, AUTHORITY);
        Holder doorman = issue(root, "CN=Identity Manager, O=Zone, L=London, C=GB", 1, true, AUTHORITY);
        Holder map = issue(root, "CN=Network Map, O=Zone, L=London, C=GB", 2, false, KeyUsage.digitalSignature);
        Holder node = issue(doorman, name, 4, true, AUTHORITY);
        Holder tls = issue(node, name, 5, false,
            KeyUsage.digitalSignature | KeyUsage.keyEncipherment | KeyUsage.keyAgreement);
        Holder identity = issue(node, name, 6, true, KeyUsage.digitalSignature | KeyUsage.keyCertSign);

        Path certificates = Files.createDirectories(folder.resolve("certificates"));
        KeyStore nodes = empty();
        nodes.setKeyEntry("cordaclientca", node.keys.getPrivate(), password, chain(node, doorman, root));
        nodes.setKeyEntry(
            "identity-private-key", identity.keys.getPrivate(), password, chain(identity, node, doorman, root));
        store(nodes, certificates.resolve("nodekeystore.jks"), password);
        KeyStore connections = empty();
        connections.setKeyEntry("cordaclienttls", tls.keys.getPrivate(), password, chain(tls, node, doorman, root));
        store(connections, certificates.resolve("sslkeystore.jks"), password);
        KeyStore trust = empty();
        trust.setCertificateEntry("cordarootca", root.certificate);
        store(trust, certificates.resolve("truststore.jks"), password);

        Files.write(folder.resolve("network-parameters"),
            parameters(Integer.parseInt(arguments[3]), map.keys.getPrivate(), map.certificate));
    }

    private static byte[] parameters(int platform, PrivateKey key, X509Certificate certificate) {
        SerializationFactoryImpl factory = new SerializationFactoryImpl();
        factory.registerScheme(new AMQPServerSerializationScheme(Collections.emptyList()));
        SerializationContext context = SharedContexts.getAMQP_P2P_CONTEXT();
        SerializationEnvironmentKt.setNodeSerializationEnv(SerializationEnvironment.Companion.with(
            factory, context, context, context, context, null, null));
        NetworkParameters parameters = new NetworkParameters(
            platform, Collections.emptyList(), 10_485_760, 524_288_000, Instant.now(), 1,
            Collections.emptyMap(), Duration.ofDays(30), Collections.emptyMap());
        SignedDataWithCert<NetworkParameters> signed = InternalUtils.signWithCert(parameters, key, certificate);
        return SerializationAPIKt.serialize(signed, (SerializationFactory) factory, context).getBytes();
    }

    private static Holder issue(Holder issuer, String name, int role, boolean authority, int usage) throws Exception {
        Holder result = new Holder();
        Holder signer = issuer == null ? result : issuer;
        X500Name subject = new X500Name(name);
        X500Name by = issuer == null ? subject : X500Name.getInstance(
            issuer.certificate.getSubjectX500Principal().getEncoded());
        Instant today = Instant.now().truncatedTo(ChronoUnit.DAYS);
        JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
            by, BigInteger.valueOf(System.nanoTime()), Date.from(today), Date.from(today.plus(2, ChronoUnit.DAYS)),
            subject, result.keys.getPublic());
        JcaX509ExtensionUtils identifiers = new JcaX509ExtensionUtils();
        builder.addExtension(Extension.subjectKeyIdentifier, false,
            identifiers.createSubjectKeyIdentifier(result.keys.getPublic()));
        builder.addExtension(Extension.authorityKeyIdentifier, false,
            identifiers.createAuthorityKeyIdentifier(signer.keys.getPublic()));
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
        builder.addExtension(Extension.keyUsage, false, new KeyUsage(usage));
        if (role != 0) {
            KeyPurposeId[] purposes = role == 5
                ? new KeyPurposeId[] {KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth}
                : new KeyPurposeId[] {KeyPurposeId.id_kp_clientAuth};
            builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purposes));
            builder.addExtension(ROLE, false, new ASN1Integer(role));
        }
        result.certificate = new JcaX509CertificateConverter().getCertificate(
            builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(signer.keys.getPrivate())));
        return result;
    }

    private static Certificate[] chain(Holder... holders) {
        Certificate[] result = new Certificate[holders.length];
        for (int i = 0; i < holders.length; i++) {
            result[i] = holders[i].certificate;
        }
        return result;
    }

    private static KeyStore empty() throws Exception {
        KeyStore result = KeyStore.getInstance("jks");
        result.load(null, null);
        return result;
    }

    private static void store(KeyStore keystore, Path file, char[] password) throws Exception {
        try (OutputStream stream = Files.newOutputStream(file)) {
            keystore.store(stream, password);
        }
    }
}
