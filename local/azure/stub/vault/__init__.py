"""The stub's Key Vault: secrets and keys. Certificates would be a third module beside those two."""
