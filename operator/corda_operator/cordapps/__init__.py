"""Applications of a node, put where Corda looks for them, in the init container ``cordapps`` of its pod."""
