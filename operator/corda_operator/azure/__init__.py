"""Key Vault, Storage with leases and credentials: thin, asynchronous, behind Protocols."""
