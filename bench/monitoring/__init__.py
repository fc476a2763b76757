"""What it costs a node to be monitored: the exporter's agent against a node without it, on the same machine."""
