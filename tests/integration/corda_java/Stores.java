import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.util.Collections;

/** Signs with each key of a store, verifies with its certificate, and writes the store anew: from, to, password. */
public final class Stores {
    public static void main(String[] arguments) throws Exception {
        char[] password = arguments[2].toCharArray();
        KeyStore store = KeyStore.getInstance("JKS");
        try (FileInputStream in = new FileInputStream(arguments[0])) {
            store.load(in, password);
        }
        for (String alias : Collections.list(store.aliases())) {
            System.out.println(alias + " " + described(store, alias, password));
        }
        try (FileOutputStream out = new FileOutputStream(arguments[1])) {
            store.store(out, password);
        }
    }

    private static String described(KeyStore store, String alias, char[] password) throws Exception {
        if (!store.isKeyEntry(alias)) {
            return "trusted";
        }
        PrivateKey key = (PrivateKey) store.getKey(alias, password);
        Certificate[] chain = store.getCertificateChain(alias);
        Signature signature = Signature.getInstance(key.getAlgorithm().equals("EC") ? "SHA256withECDSA" : "Ed25519");
        signature.initSign(key);
        signature.update(alias.getBytes("UTF-8"));
        byte[] signed = signature.sign();
        signature.initVerify(chain[0].getPublicKey());
        signature.update(alias.getBytes("UTF-8"));
        return chain.length + (signature.verify(signed) ? " signs" : " does not sign");
    }
}
