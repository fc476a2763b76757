package io.cordaoperator.creditrecord.contracts;

import static net.corda.testing.node.NodeTestUtils.ledger;

import io.cordaoperator.creditrecord.contracts.CreditRecordContract.Commands;
import java.security.PublicKey;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import net.corda.core.contracts.TimeWindow;
import net.corda.core.identity.CordaX500Name;
import net.corda.testing.core.TestIdentity;
import net.corda.testing.dsl.EnforceVerifyOrFail;
import net.corda.testing.dsl.TransactionDSL;
import net.corda.testing.dsl.TransactionDSLInterpreter;
import net.corda.testing.node.MockServices;
import org.junit.jupiter.api.Test;

final class CreditRecordContractTest {
    private static final List<PublicKey> A_1_AND_B = keys(Banks.A_1, Banks.B);
    private static final String LONG = String.join("", Collections.nCopies(201, "x"));

    private final MockServices services = new MockServices(
        Collections.singletonList("io.cordaoperator.creditrecord.contracts"),
        new TestIdentity(new CordaX500Name("Notary", "London", "GB")), Banks.A_1, Banks.A_2, Banks.B, Banks.C);

    @Test
    void aRecordIsCreatedWithTheSignaturesOfOneNodeOfEachBank() {
        create(record -> { }, A_1_AND_B, null);
        create(record -> { }, keys(Banks.A_2, Banks.B), null);
    }

    @Test
    void bothBanksSign() {
        create(record -> { }, keys(Banks.A_1, Banks.A_2), "A node of the bank it is shared with signs.");
        create(record -> { }, keys(Banks.B, Banks.C), "A node of the bank that wrote the record signs.");
    }

    @Test
    void textsAreNeitherBlankNorTooLong() {
        create(record -> record.subject = " ", A_1_AND_B, "A subject has 1 to 200 characters and is not blank.");
        create(record -> record.subject = LONG, A_1_AND_B, "A subject has 1 to 200 characters");
        create(record -> record.subject = LONG.substring(1), A_1_AND_B, null);
        create(record -> record.historyReference = "", A_1_AND_B, "A history reference has 1 to 200 characters");
        create(record -> record.requestId = LONG, A_1_AND_B, "A request id has 1 to 200 characters");
    }

    @Test
    void scoresAreInTheirRange() {
        create(record -> record.score = -1, A_1_AND_B, "A score is from 0 to 1000, not -1.");
        create(record -> record.score = 0, A_1_AND_B, null);
        create(record -> record.score = 1000, A_1_AND_B, null);
        create(record -> record.score = 1001, A_1_AND_B, "A score is from 0 to 1000, not 1001.");
    }

    @Test
    void aRecordIsOfOneBankAndSharedWithOneOther() {
        create(record -> record.writers = Arrays.asList(Banks.A_1.getParty(), Banks.C.getParty()), A_1_AND_B,
            "A record is written by one bank, not by 2.");
        create(record -> record.counterparties = Arrays.asList(Banks.B.getParty(), Banks.C.getParty()), A_1_AND_B,
            "A record is shared with one bank, not with 2.");
        create(record -> record.counterparties = Collections.emptyList(), A_1_AND_B,
            "A record is shared with one bank, not with 0.");
        create(record -> record.counterparties = Collections.singletonList(Banks.A_2.getParty()),
            keys(Banks.A_1, Banks.A_2), "A record is shared with another bank.");
    }

    @Test
    void aNewRecordHasTheFirstVersion() {
        create(record -> record.version = 2, A_1_AND_B, "A new record has version 1, not 2.");
    }

    @Test
    void aTransactionHasATimeWindowWithTheRecordsTimeInIt() {
        CreditRecordState record = new Banks().record();
        verify(transaction -> {
            transaction.output(CreditRecordContract.ID, record);
            transaction.command(A_1_AND_B, new Commands.Create());
        }, "A transaction has a time window.");
        create(other -> other.time = Banks.NOON.minusSeconds(61), A_1_AND_B, "is inside the transaction's time window");
    }

    @Test
    void aTransactionWritesOneRecordAlone() {
        CreditRecordState record = new Banks().record();
        verify(transaction -> {
            transaction.output(CreditRecordContract.ID, record);
            transaction.output(CreditRecordContract.ID, record);
            transaction.command(A_1_AND_B, new Commands.Create());
            transaction.timeWindow(window());
        }, "A transaction writes exactly one version of one record, and nothing else.");
        verify(transaction -> {
            transaction.input(CreditRecordContract.ID, record);
            transaction.output(CreditRecordContract.ID, record);
            transaction.command(A_1_AND_B, new Commands.Create());
            transaction.timeWindow(window());
        }, "A record is created from nothing");
        verify(transaction -> {
            transaction.output(CreditRecordContract.ID, record);
            transaction.command(A_1_AND_B, new Commands.Update());
            transaction.timeWindow(window());
        }, "An update replaces exactly one version of one record.");
        verify(transaction -> {
            transaction.input(CreditRecordContract.ID, record);
            transaction.command(A_1_AND_B, new Commands.Update());
            transaction.timeWindow(window());
        }, "A transaction writes exactly one version of one record, and nothing else.");
    }

    @Test
    void anUpdateIsTheNextVersionOfTheSameRecord() {
        update(record -> { }, A_1_AND_B, null);
        update(record -> record.score = 1, keys(Banks.A_2, Banks.B), null);
        update(record -> record.version = 3, A_1_AND_B, "Version 1 is followed by the next one, not by 3.");
        update(record -> record.version = 1, A_1_AND_B, "Version 1 is followed by the next one, not by 1.");
        update(record -> record.subject = "another", A_1_AND_B, "An update leaves the subject as it is.");
        update(record -> record.linearId = new net.corda.core.contracts.UniqueIdentifier(), A_1_AND_B,
            "An update leaves the record's id as it is.");
        update(record -> record.time = Banks.NOON.minusSeconds(1), A_1_AND_B,
            "An update is not older than the version it replaces.");
        update(record -> record.score = 1001, A_1_AND_B, "A score is from 0 to 1000, not 1001.");
    }

    @Test
    void anUpdateMayNameOtherNodesOfTheSameBanks() {
        update(record -> record.writers = Collections.singletonList(Banks.A_2.getParty()), A_1_AND_B, null);
        update(record -> record.writers = Collections.singletonList(Banks.C.getParty()), keys(Banks.A_1, Banks.B, Banks.C),
            "An update leaves the two banks as they are.");
        update(record -> record.counterparties = Collections.singletonList(Banks.C.getParty()),
            keys(Banks.A_1, Banks.B, Banks.C), "An update leaves the two banks as they are.");
    }

    @Test
    void aNodeThatOnlyTheNewVersionNamesDoesNotSignForItsBank() {
        TestIdentity stranger = new TestIdentity(new CordaX500Name("Node 3", "Bank A", "London", "GB"));
        update(record -> record.writers = Collections.singletonList(stranger.getParty()), keys(stranger, Banks.B),
            "A node of the bank that wrote the record signs.");
    }

    @Test
    void theOtherBankCannotUpdateAlone() {
        update(record -> { }, keys(Banks.B), "A node of the bank that wrote the record signs.");
    }

    private void create(Consumer<Banks> change, List<PublicKey> signers, String broken) {
        Banks record = new Banks();
        change.accept(record);
        verify(transaction -> {
            transaction.output(CreditRecordContract.ID, record.record());
            transaction.command(signers, new Commands.Create());
            transaction.timeWindow(window());
        }, broken);
    }

    private void update(Consumer<Banks> change, List<PublicKey> signers, String broken) {
        Banks record = new Banks();
        record.version = 2;
        change.accept(record);
        verify(transaction -> {
            transaction.input(CreditRecordContract.ID, new Banks().record());
            transaction.output(CreditRecordContract.ID, record.record());
            transaction.command(signers, new Commands.Update());
            transaction.timeWindow(window());
        }, broken);
    }

    /** Checks that a transaction keeps all rules, or that it breaks one. */
    private void verify(Consumer<TransactionDSL<? extends TransactionDSLInterpreter>> written, String broken) {
        ledger(services, ledger -> {
            ledger.transaction(transaction -> {
                written.accept(transaction);
                EnforceVerifyOrFail result = broken == null ? transaction.verifies() : transaction.failsWith(broken);
                return result;
            });
            return kotlin.Unit.INSTANCE;
        });
    }

    private static TimeWindow window() {
        return TimeWindow.fromOnly(Banks.NOON.minusSeconds(60));
    }

    private static List<PublicKey> keys(TestIdentity... nodes) {
        return Arrays.stream(nodes).map(TestIdentity::getPublicKey).collect(java.util.stream.Collectors.toList());
    }
}
