package io.cordaoperator.creditrecord.contracts;

import static net.corda.core.contracts.ContractsDSL.requireSingleCommand;

import java.security.PublicKey;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import net.corda.core.contracts.CommandData;
import net.corda.core.contracts.CommandWithParties;
import net.corda.core.contracts.Contract;
import net.corda.core.contracts.TimeWindow;
import net.corda.core.contracts.TypeOnlyCommandData;
import net.corda.core.identity.Party;
import net.corda.core.transactions.LedgerTransaction;

/** Who may write which credit record: the rules that every node of both banks checks. */
public final class CreditRecordContract implements Contract {
    /** The contract's name in transactions. */
    public static final String ID = CreditRecordContract.class.getName();

    public static final int LOWEST_SCORE = 0;
    public static final int HIGHEST_SCORE = 1000;

    /** The most characters that a subject, a history reference and a request id may each have. */
    public static final int LONGEST_TEXT = 200;

    /** What a transaction does with a record. */
    public interface Commands extends CommandData {
        /** Writes the first version. */
        final class Create extends TypeOnlyCommandData implements Commands {
        }

        /** Replaces the newest version by the next one. */
        final class Update extends TypeOnlyCommandData implements Commands {
        }
    }

    @Override
    public void verify(LedgerTransaction transaction) {
        CommandWithParties<Commands> command = requireSingleCommand(transaction.getCommands(), Commands.class);
        if (command.getValue() instanceof Commands.Create) {
            verifyCreate(transaction, command.getSigners());
        } else if (command.getValue() instanceof Commands.Update) {
            verifyUpdate(transaction, command.getSigners());
        } else {
            throw new IllegalArgumentException("A credit record is created or updated, and nothing else.");
        }
    }

    private static void verifyCreate(LedgerTransaction transaction, List<PublicKey> signers) {
        require(transaction.getInputs().isEmpty(), "A record is created from nothing, not from another state.");
        CreditRecordState record = onlyOutput(transaction);
        verifyContent(record);
        require(record.getVersion() == 1, "A new record has version 1, not " + record.getVersion() + ".");
        verifyTime(record, transaction.getTimeWindow());
        verifySigners(record, signers);
    }

    private static void verifyUpdate(LedgerTransaction transaction, List<PublicKey> signers) {
        require(transaction.getInputs().size() == 1, "An update replaces exactly one version of one record.");
        CreditRecordState old = transaction.inputsOfType(CreditRecordState.class).get(0);
        CreditRecordState record = onlyOutput(transaction);
        verifyContent(record);
        require(record.getLinearId().equals(old.getLinearId()), "An update leaves the record's id as it is.");
        require(record.getSubject().equals(old.getSubject()), "An update leaves the subject as it is.");
        require(record.writerOrganisation().equals(old.writerOrganisation())
                && record.counterpartyOrganisation().equals(old.counterpartyOrganisation()),
            "An update leaves the two banks as they are.");
        require(record.getVersion() == old.getVersion() + 1,
            "Version " + old.getVersion() + " is followed by the next one, not by " + record.getVersion() + ".");
        require(!record.getTime().isBefore(old.getTime()), "An update is not older than the version it replaces.");
        verifyTime(record, transaction.getTimeWindow());
        // A node that the new version names has no say in whether it may be named.
        verifySigners(old, signers);
    }

    private static CreditRecordState onlyOutput(LedgerTransaction transaction) {
        List<CreditRecordState> records = transaction.outputsOfType(CreditRecordState.class);
        require(transaction.getOutputs().size() == 1 && records.size() == 1,
            "A transaction writes exactly one version of one record, and nothing else.");
        return records.get(0);
    }

    private static void verifyContent(CreditRecordState record) {
        verifyText("subject", record.getSubject());
        verifyText("history reference", record.getHistoryReference());
        verifyText("request id", record.getRequestId());
        require(record.getScore() >= LOWEST_SCORE && record.getScore() <= HIGHEST_SCORE,
            "A score is from " + LOWEST_SCORE + " to " + HIGHEST_SCORE + ", not " + record.getScore() + ".");
        Set<String> writers = CreditRecordState.organisations(record.getWriters());
        Set<String> counterparties = CreditRecordState.organisations(record.getCounterparties());
        require(writers.size() == 1, "A record is written by one bank, not by " + writers.size() + ".");
        require(counterparties.size() == 1, "A record is shared with one bank, not with " + counterparties.size() + ".");
        require(Collections.disjoint(writers, counterparties), "A record is shared with another bank.");
    }

    private static void verifyText(String what, String text) {
        require(text != null && text.length() <= LONGEST_TEXT && !text.trim().isEmpty(),
            "A " + what + " has 1 to " + LONGEST_TEXT + " characters and is not blank.");
    }

    private static void verifyTime(CreditRecordState record, TimeWindow window) {
        // A notary neither sees nor counts a transaction that has neither inputs nor a time window.
        require(window != null, "A transaction has a time window.");
        Instant time = record.getTime();
        require(window.contains(time), "A record's time, " + time + ", is inside the transaction's time window.");
    }

    private static void verifySigners(CreditRecordState record, List<PublicKey> signers) {
        require(anySigns(record.getWriters(), signers), "A node of the bank that wrote the record signs.");
        require(anySigns(record.getCounterparties(), signers), "A node of the bank it is shared with signs.");
    }

    private static boolean anySigns(List<Party> nodes, List<PublicKey> signers) {
        return nodes.stream().anyMatch(node -> signers.contains(node.getOwningKey()));
    }

    private static void require(boolean condition, String rule) {
        if (!condition) {
            throw new IllegalArgumentException(rule);
        }
    }
}
