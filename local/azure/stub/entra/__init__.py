"""The stub's Entra: turns Kubernetes' service-account tokens into access tokens, and checks the latter."""
