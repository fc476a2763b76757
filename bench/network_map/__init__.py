"""How quick the network map is: ``python -m bench.network_map``, as ``make bench-network-map`` runs it.

One replica of the network services as a process of its own, with Azurite for Storage and the protocol stub for Key
Vault; every node info that is published is new, and verified as always. All of it shares one machine with its clients.
"""
