package io.cordaoperator.creditrecord.gateway.corda;

/** The RPC user's password, kept where only this identity may read it. */
public interface RpcPassword {
    /** Returns the password as it was last read. */
    String current();

    /** Reads the newest version and returns it. */
    String readAgain();
}
