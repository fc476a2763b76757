"""The whole of it on one machine: a cluster, the operator by Helm, a consortium of two banks, and an application.

    architecture   who there is in examples/credit-scores, and what the stand-ins have to know of them
    installation   cluster, images, stand-ins, operator, resources
    progress       what each resource is doing, as it changes
    application    a bank's application, which speaks to its gateway over HTTP
    scenario       what is shown, step by step
    report         what was seen, as a table and as JSON

``python -m local.demo up`` runs it, ``down`` takes the cluster away.
"""
