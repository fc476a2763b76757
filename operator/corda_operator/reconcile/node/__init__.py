"""What a CordaNode asks of the cluster, and how it fares: plans without I/O."""
