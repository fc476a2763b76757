package io.cordaoperator.creditrecord.flows;

import net.corda.core.flows.FlowException;
import net.corda.core.serialization.ConstructorForDeserialization;
import net.corda.core.serialization.CordaSerializable;

/** A record was not written, for a reason that the caller can do something about; nothing has changed. */
public final class CreditRecordRefused extends FlowException {
    /** Why a record was not written. */
    @CordaSerializable
    public enum Reason {
        /** The content breaks a rule of the contract, such as the range of scores. */
        INVALID,
        /** The network has no node of the other bank. */
        UNKNOWN_ORGANISATION,
        /** This node has no record with this id. */
        UNKNOWN_RECORD,
        /** The record's newest version is not the expected one. */
        WRONG_VERSION,
        /** The record was written by another bank. */
        NOT_THE_WRITER,
        /** Something else was written for the same request id. */
        REQUEST_ID_REUSED,
        /** A record is being written for the same request id; asking again later gets its result. */
        REQUEST_IN_PROGRESS,
        /** The other bank does not sign, since it sees another network than this node; asking again later may help. */
        NOT_SIGNED,
        /** The network has no notary. */
        NO_NOTARY,
    }

    private final Reason reason;

    @ConstructorForDeserialization
    public CreditRecordRefused(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    public Reason getReason() {
        return reason;
    }
}
