"""Corda's X.509: certificates and their roles, requests, revocation lists and what is verified with them.

Nothing here holds a private key: what is to be signed goes out as bytes and the signature comes back.
"""
