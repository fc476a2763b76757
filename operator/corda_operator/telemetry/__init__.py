"""Key figures by OpenTelemetry, and to Application Insights; Prometheus' registry stays the one home of each.

What imports OpenTelemetry is in `senders` alone, which is imported when there is somewhere to send to: a process that
sends nothing spends no memory on it.
"""
