"""How long a network takes from ``kubectl apply`` to its first transaction: ``python -m bench.start``.

    resources   a hosted Consortium, a notary and two banks, and what Azure's stand-ins have to know of them
    operated    the cluster in which the operator brings them up
    steps       where the time went, from what Kubernetes remembers
    figures     all runs as the report has them

What it is measured by is genuine nodes that are started by hand, with everything ready: see `bench.credit_records`.
"""
