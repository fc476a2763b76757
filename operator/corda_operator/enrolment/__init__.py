"""What runs in a node's pod before the node: keys, registration, keystores."""
