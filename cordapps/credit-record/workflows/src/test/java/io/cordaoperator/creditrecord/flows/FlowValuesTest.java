package io.cordaoperator.creditrecord.flows;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cordaoperator.creditrecord.flows.CreditRecordRefused.Reason;
import java.time.Instant;
import java.util.UUID;
import net.corda.core.serialization.SerializationFactory;
import net.corda.core.serialization.SerializedBytes;
import net.corda.testing.core.SerializationEnvironmentRule;
import org.junit.jupiter.api.Test;
import org.junit.runner.Description;
import org.junit.runners.model.Statement;

/** What flows return or throw comes out of Corda's serialiser as it went in. */
final class FlowValuesTest {
    @Test
    void aWrittenRecordComesOverRpc() throws Throwable {
        WrittenRecord sent = new WrittenRecord("AB12", new UUID(0, 1), 2, Instant.parse("2026-01-01T12:00:00.123Z"));
        WrittenRecord received = serialised(sent, WrittenRecord.class);
        assertEquals("AB12", received.getTransactionId());
        assertEquals(new UUID(0, 1), received.getRecordId());
        assertEquals(2, received.getVersion());
        assertEquals(sent.getTime(), received.getTime());
    }

    @Test
    void aRefusalComesOverRpcWithItsReason() throws Throwable {
        for (Reason reason : Reason.values()) {
            CreditRecordRefused received =
                serialised(new CreditRecordRefused(reason, "a message"), CreditRecordRefused.class);
            assertEquals(reason, received.getReason());
            assertEquals("a message", received.getMessage());
        }
    }

    private static <T> T serialised(T sent, Class<T> type) throws Throwable {
        Object[] received = new Object[1];
        new SerializationEnvironmentRule().apply(new Statement() {
            @Override
            public void evaluate() {
                SerializationFactory factory = SerializationFactory.Companion.getDefaultFactory();
                SerializedBytes<T> bytes = factory.serialize(sent, factory.getDefaultContext());
                received[0] = factory.deserialize(bytes, type, factory.getDefaultContext());
            }
        }, Description.EMPTY).evaluate();
        return type.cast(received[0]);
    }
}
