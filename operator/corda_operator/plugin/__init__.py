"""``kubectl corda``: what people ask of a Corda network in a cluster, on their own machine and with their own rights.

It talks to the cluster through the user's own ``kubectl``, so that contexts, credential plugins and rights are exactly
theirs. `status`, `pending`, `node` and `verification` are the commands, `kubectl` and `port_forward` start the program;
`model`, `tree`, `document`, `admission` and `containers` turn the API server's JSON into what is shown and do no I/O.
Nothing of the operator may import this package, and nothing but this package may import rich.
"""
