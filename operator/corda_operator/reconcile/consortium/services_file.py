"""The file that the network services are told by, made from a hosted Consortium.

Only what the Consortium says is written, and no defaults: services of an older image, which go on until those of
an upgraded operator are Ready, don't know what came later and refuse what they don't know.
"""

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from corda_operator.api.consortium import Consortium
from corda_operator.api.hosted import Hosted
from corda_operator.api.texts import rfc3339
from corda_operator.corda.distinguished_names import InvalidName
from corda_operator.corda.names import LegalName
from corda_operator.network.configuration import parse
from corda_operator.reconcile.consortium.naming import ADMIN_PORT, NODES_PORT, PAGE_PORT, public_url
from corda_operator.reconcile.desired import Settings

FILE = "network.yaml"
_WITHIN_A_SECOND = 1_000_000


def generation_of(consortium: Consortium, created: datetime.datetime) -> int:
    """Return the number by which the services tell newer configurations from older ones.

    The log outlives the Consortium: one that was deleted and created anew begins at generation 1 again, and still has
    to count as newer. So the second of its creation comes first.
    """
    return int(created.timestamp()) * _WITHIN_A_SECOND + consortium.metadata.generation


def network_file(
    consortium: Consortium,
    settings: Settings,
    created: datetime.datetime,
    withdrawals: Iterable[tuple[str, datetime.datetime]] = (),
    notary_metrics: Mapping[str, str] | None = None,
) -> str:
    """Return the YAML; raise network.configuration.ConfigurationError if the services would refuse it.

    ``created`` is the Consortium's metadata.creationTimestamp, ``notary_metrics`` are URLs by the
    notary service's legal name.
    """
    hosted = consortium.spec.hosted
    if hosted is None:
        raise ValueError(f"Consortium {consortium.metadata.name} is not hosted")
    document: dict[str, Any] = {
        "generation": generation_of(consortium, created),
        "publicURL": public_url(consortium, settings),
        "listen": f"0.0.0.0:{NODES_PORT}",
        "listenAdmin": f"0.0.0.0:{ADMIN_PORT}",
        "listenPage": f"0.0.0.0:{PAGE_PORT}",
        **hosted.model_dump(
            mode="json",
            by_alias=True,
            exclude_none=True,
            exclude_defaults=True,
            include={
                "key_vault": True,
                "storage": True,
                "trust_root": True,
                "network_parameters": True,
                "parameters_update": True,
                "network_map": {"poll_interval"},
                "observation": True,
                "network_page": {"enabled", "bearer_token_secret"},
                "revocations": True,
            },
        ),
        "members": [
            member.model_dump(
                mode="json",
                by_alias=True,
                exclude_none=True,
                exclude_defaults=True,
                exclude={"name", "profile", "node_pool"},
            )
            for member in consortium.spec.members
        ],
        "notaries": [
            {
                **notary.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True),
                **_metrics_of(notary.service_legal_name, notary_metrics or {}),
            }
            for notary in consortium.spec.notaries
        ],
    }
    telemetry = _telemetry(consortium, hosted, settings)
    if telemetry:
        document["telemetry"] = telemetry
    gone = [{"legalName": name, "before": rfc3339(before)} for name, before in sorted(withdrawals)]
    if gone:
        document["withdrawals"] = gone
    text: str = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=1000)
    parse(text, f"Consortium {consortium.metadata.namespace}/{consortium.metadata.name}")
    return text


def _metrics_of(service_legal_name: str, urls: Mapping[str, str]) -> dict[str, str]:
    try:
        url = urls.get(str(LegalName.parse(service_legal_name)))
    except InvalidName:
        # The services' own reading of the file says what is wrong with it.
        return {}
    return {} if url is None else {"metricsURL": url}


def otlp_endpoint(consortium: Consortium, settings: Settings) -> str | None:
    """Return the collector that the services send to, which is none if nobody is to read their metrics."""
    return None if consortium.spec.monitoring.enabled is False else settings.otlp_endpoint


def _telemetry(consortium: Consortium, hosted: Hosted, settings: Settings) -> dict[str, str]:
    told = {}
    endpoint, insights = otlp_endpoint(consortium, settings), hosted.application_insights
    if endpoint is not None:
        told["otlpEndpoint"] = endpoint
    if insights is not None:
        told["applicationInsightsSecret"] = insights.connection_string_secret
    return {**told, "interval": settings.telemetry_interval} if told else {}
