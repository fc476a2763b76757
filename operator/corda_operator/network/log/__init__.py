"""The consortium's log: what happened, as hash-linked blocks, and the state that follows from it. No I/O."""
