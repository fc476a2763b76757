package io.cordaoperator.creditrecord.contracts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cordaoperator.creditrecord.contracts.CreditRecordSchemaV1.PersistentCreditRecord;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;
import javax.persistence.Column;
import liquibase.Contexts;
import liquibase.Liquibase;
import liquibase.database.jvm.JdbcConnection;
import liquibase.resource.ClassLoaderResourceAccessor;
import net.corda.core.schemas.MappedSchema;
import org.junit.jupiter.api.Test;

final class CreditRecordSchemaTest {
    @Test
    void theMigrationMakesTheColumnsThatTheEntityHas() throws Exception {
        TreeSet<String> expected = new TreeSet<>();
        for (java.lang.reflect.Field field : PersistentCreditRecord.class.getDeclaredFields()) {
            expected.add(field.getAnnotation(Column.class).name());
        }
        expected.add("output_index");
        expected.add("transaction_id");
        TreeSet<String> found = new TreeSet<>();
        String resource = "migration/" + new CreditRecordSchemaV1().getMigrationResource() + ".xml";
        try (Connection database = DriverManager.getConnection("jdbc:h2:mem:schema")) {
            new Liquibase(resource, new ClassLoaderResourceAccessor(), new JdbcConnection(database)).update(new Contexts());
            ResultSet columns = database.getMetaData().getColumns(null, null, "CREDIT_RECORD_STATES", null);
            while (columns.next()) {
                found.add(columns.getString("COLUMN_NAME").toLowerCase(java.util.Locale.ROOT));
            }
        }
        assertEquals(expected, found);
    }

    @Test
    void aRecordIsKeptUnderItsOwnSchemaOnly() {
        CreditRecordState record = new Banks().record();
        List<MappedSchema> schemas = new ArrayList<>();
        record.supportedSchemas().forEach(schemas::add);
        assertEquals(Collections.singletonList(new CreditRecordSchemaV1()), schemas);
        assertEquals(PersistentCreditRecord.class, record.generateMappedObject(schemas.get(0)).getClass());
        MappedSchema other = new MappedSchema(CreditRecordSchema.class, 2, Collections.emptyList());
        assertThrows(IllegalArgumentException.class, () -> record.generateMappedObject(other));
    }
}
