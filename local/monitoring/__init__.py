"""What people look at to see how a network does: Grafana dashboards, written into the operator's chart.

Nothing here does I/O but `queries.dashboards`; `python -m local.charts` writes the files.
"""
