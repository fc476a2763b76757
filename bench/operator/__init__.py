"""How quick and how frugal the operator is: ``python -m bench.operator``, as ``make bench-operator`` runs it.

The operator as a process of its own against the fast cluster: a genuine control plane, whose nodes and pods kwok plays.
What it is measured by is ``kubectl apply --server-side`` of the very objects that it makes, on another such cluster.
All of it shares one machine.
"""
