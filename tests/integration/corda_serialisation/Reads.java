import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.corda.core.crypto.SignedData;
import net.corda.core.identity.CordaX500Name;
import net.corda.core.internal.SignedDataWithCert;
import net.corda.core.node.NetworkParameters;
import net.corda.core.node.NodeInfo;
import net.corda.core.serialization.internal.SerializationEnvironment;
import net.corda.core.serialization.internal.SerializationEnvironmentKt;
import net.corda.core.utilities.ByteSequence;
import net.corda.nodeapi.internal.SignedNodeInfo;
import net.corda.nodeapi.internal.network.NetworkMap;
import net.corda.nodeapi.internal.rpc.client.AMQPClientSerializationScheme;

/** Reads each file of a folder as the class its name begins with; prints its name, what was read, and whether it is written the same. */
public class Reads {
    private static final Class<?>[] CLASSES = {
        NetworkMap.class, NetworkParameters.class, CordaX500Name.class, NodeInfo.class, SignedNodeInfo.class, SignedDataWithCert.class,
        SignedData.class
    };

    public static void main(String[] arguments) throws Exception {
        SerializationEnvironment environment = environment();
        SerializationEnvironmentKt.get_contextSerializationEnv().set(environment);
        List<Path> files;
        try (Stream<Path> listed = Files.list(Paths.get(arguments[0]))) {
            files = listed.sorted().collect(Collectors.toList());
        }
        for (Path file : files) {
            String name = file.getFileName().toString();
            Class<?> type = Arrays.stream(CLASSES).filter(one -> name.split("-")[0].equals(one.getSimpleName())).findFirst().get();
            byte[] bytes = Files.readAllBytes(file);
            Object value =
                environment.getSerializationFactory().deserialize(ByteSequence.of(bytes), type, environment.getP2pContext());
            byte[] again = environment.getSerializationFactory().serialize(value, environment.getP2pContext()).getBytes();
            System.out.println("READ\t" + name + "\t" + shown(value) + "\t" + (Arrays.equals(bytes, again) ? "same" : "other") + " bytes");
        }
    }

    private static String shown(Object value) throws Exception {
        if (value instanceof NetworkMap) {
            NetworkMap map = (NetworkMap) value;
            return map.getNodeInfoHashes().size() + " nodes, " + map.getParametersUpdate();
        }
        if (value instanceof NetworkParameters) {
            NetworkParameters parameters = (NetworkParameters) value;
            return parameters.getNotaries().size() + " notaries, epoch " + parameters.getEpoch() + ", "
                + parameters.getEventHorizon() + ", " + parameters.getModifiedTime() + ", "
                + parameters.getWhitelistedContractImplementations() + ", " + parameters.getPackageOwnership().keySet();
        }
        if (value instanceof SignedNodeInfo) {
            return ((SignedNodeInfo) value).verified().getLegalIdentities().toString();
        }
        if (value instanceof SignedData) {
            return ((SignedData<?>) value).verified().toString();
        }
        return value instanceof SignedDataWithCert ? ((SignedDataWithCert<?>) value).verified().getClass().getSimpleName() : value.toString();
    }

    /** Kotlin's default arguments are all of them, and their number differs between versions. */
    private static SerializationEnvironment environment() throws Exception {
        Object companion = AMQPClientSerializationScheme.Companion;
        for (Method method : companion.getClass().getMethods()) {
            if (method.getName().equals("createSerializationEnv$default")) {
                Object[] values = new Object[method.getParameterCount()];
                values[0] = companion;
                values[values.length - 2] = (1 << (values.length - 3)) - 1;
                return (SerializationEnvironment) method.invoke(null, values);
            }
        }
        throw new IllegalStateException("no createSerializationEnv");
    }
}
