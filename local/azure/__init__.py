"""Azure on this machine: Microsoft's Azurite for Storage, a protocol stub of ours for Key Vault and Entra.

Only Azurite is an independent implementation. The stub is one reading of the protocols: that a client
works against it says that the client speaks the protocol, not that Azure would answer the same.
"""
