"""What watches a network, and what people look at: Prometheus in a local cluster, Grafana dashboards in the chart.

scraping     PodMonitors and PrometheusRules as Prometheus' own files, as data
prometheus   Prometheus in a cluster
client       what it knows, over its HTTP API
grafana      dashboards as Grafana's JSON; *_dashboard says what they show, `python -m local.charts` writes them
queries      what a dashboard asks Prometheus
"""
