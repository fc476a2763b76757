"""The operator as a process: one replica is active, the others wait. What it does is in ``reconcile``."""
