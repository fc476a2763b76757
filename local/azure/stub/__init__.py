"""A protocol stub of Entra's token endpoint and of Key Vault, for the official SDKs to talk to.

One https listener serves all hosts under one domain, told apart by the Host header; a second, plain
one serves tests and probes (faults, the directory, counts, health). Code that knows one service lies
in that service's package; what is here is shared by all of them. Another service is another package
with its routes and one line in ``server.py``.

The stub's state, private keys of its vaults among it, lies unencrypted in one SQLite file: nothing
that matters may ever be kept in it.
"""
