"""Where key figures are sent to, as the processes' configuration files say it."""

import datetime
from typing import Annotated

from corda_operator.api.durations import AtLeast, Duration
from corda_operator.configuration_files import Part, SecretName, Url


class OpenTelemetry(Part):
    """A collector that takes OTLP over HTTP."""

    otlp_endpoint: Url | None = None
    """The collector's URL, to which ``/v1/metrics`` is added. None: nothing is sent by OTLP."""
    interval: Annotated[Duration, AtLeast("1s", "figures would be sent without a pause")] = datetime.timedelta(
        seconds=60
    )
    """How often figures are sent, by every way."""


class Telemetry(OpenTelemetry):
    """A collector, Application Insights, or both."""

    application_insights_secret: SecretName | None = None
    """The secret, in the vault with the signing keys, whose value is the connection string of Application Insights."""
