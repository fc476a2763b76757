"""What gateway, load balancer and operator cost in committed transactions: ``python -m bench.transactions``.

    application  an application's requests to a bank's gateway, through its load balancer
    figures      transactions per minute and how long they take

The network is examples/credit-scores, as the demo brings it up. What it is measured by is the same flows, called over
RPC at the same nodes, started by hand: see `bench.credit_records`.
"""
