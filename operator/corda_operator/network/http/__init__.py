"""The network services over HTTP: endpoints for nodes, a server that hostile callers can't exhaust, probes."""
