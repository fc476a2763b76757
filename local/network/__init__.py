"""A consortium's network services on this machine, for whoever wants to point Corda nodes at them.

The product's own processes, with Azurite for Storage and a protocol stub for Key Vault.
"""
