"""The way to Application Insights does nothing beside what it is told to."""

import threading

from corda_operator.telemetry import senders
from corda_operator.telemetry.origin import Origin

STRING = (
    "InstrumentationKey=7d5c2a10-0000-4000-8000-0000000000a1;"
    "IngestionEndpoint=https://westeurope-5.in.applicationinsights.azure.com/"
)


def test_the_exporter_keeps_no_statistics_about_itself_and_fetches_no_settings() -> None:
    """Both have threads of their own, which call Microsoft."""
    before = set(threading.enumerate())

    sender = senders.application_insights(STRING, Origin("corda-network-services", "network.example.com"))
    try:
        assert set(threading.enumerate()) == before
    finally:
        sender.close()
