"""A protocol stub of Entra's token endpoint, Key Vault and Application Insights, for the official SDKs to talk to.

One https listener serves all hosts under one domain, told apart by the Host header; a second, plain
one serves tests and probes (faults, the directory, counts, health). Code that knows one service lies
in that service's package, or in ``application_insights``; what else is here is shared by all of them. Another
service is another package with its routes and one line in ``__main__.py``.

The stub's state, private keys of its vaults among it, lies unencrypted in one SQLite file: nothing
that matters may ever be kept in it.
"""
