package io.cordaoperator.creditrecord.flows;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import liquibase.Contexts;
import liquibase.Liquibase;
import liquibase.database.jvm.JdbcConnection;
import liquibase.resource.ClassLoaderResourceAccessor;
import org.junit.jupiter.api.Test;

final class SignedRequestSchemaTest {
    private static final String INSERT =
        "INSERT INTO credit_record_requests (writer_organisation, request_id, transaction_id) VALUES ";

    @Test
    void aRequestOfABankIsRememberedOnce() throws Exception {
        String resource = "migration/" + new SignedRequestSchemaV1().getMigrationResource() + ".xml";
        try (Connection connection = DriverManager.getConnection("jdbc:h2:mem:requests")) {
            new Liquibase(resource, new ClassLoaderResourceAccessor(), new JdbcConnection(connection))
                .update(new Contexts());
            try (Statement statement = connection.createStatement()) {
                assertEquals(1, statement.executeUpdate(INSERT + "('Bank A', 'a request', 'AA')"));
                assertEquals(1, statement.executeUpdate(INSERT + "('Bank B', 'a request', 'BB')"));
                assertThrows(SQLException.class,
                    () -> statement.executeUpdate(INSERT + "('Bank A', 'a request', 'CC')"));
            }
        }
    }
}
