package io.cordaoperator.creditrecord.gateway.corda;

/** The RPC user's password, kept where only this identity may read it. */
public interface RpcPassword {
    /**
     * Returns the password as it was last read.
     *
     * @throws IllegalStateException if it cannot be read; the message says what to do
     */
    String current();

    /** Reads the newest version and returns it, or throws in the same way. */
    String readAgain();
}
