"""PodMonitors and PrometheusRules as Prometheus' own files, as the Prometheus operator would write them.

There is none on the local cluster. Only what the operator's chart uses is translated: a field that says more is an
error, instead of being read as if it were not there.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from local.console import LocalError

CONFIGURATION: Final = "prometheus.yaml"
"""The file that names the others."""
_INTERVAL: Final = "30s"
"""How often the Prometheus operator has targets read and rules evaluated that do not say it themselves."""
_KEPT: Final = "6h"
"""How long samples are kept: this is for looking at what happens, not for looking back."""
_OF_POD: Final = {
    "namespace": "__meta_kubernetes_namespace",
    "container": "__meta_kubernetes_pod_container_name",
    "pod": "__meta_kubernetes_pod_name",
}
"""Labels that every target has, and what they are taken from."""

Object = Mapping[str, Any]
Entry = dict[str, Any]


class _Part(BaseModel):
    """A part of a resource, with those of its fields that are translated."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel)


class _NamespaceSelector(_Part):
    any: bool = False
    match_names: tuple[str, ...] = ()


class _Selector(_Part):
    # Without a label it would be for every pod.
    match_labels: Annotated[dict[str, str], Field(min_length=1)]


class _Relabeling(_Part):
    source_labels: tuple[str, ...]
    target_label: str


class _Endpoint(_Part):
    port: str
    path: str = "/metrics"
    interval: str = _INTERVAL
    honor_labels: bool = False
    relabelings: tuple[_Relabeling, ...] = ()


class _PodMonitor(_Part):
    selector: _Selector
    namespace_selector: _NamespaceSelector = _NamespaceSelector()
    pod_metrics_endpoints: tuple[_Endpoint, ...]


class _PrometheusRule(_Part):
    # As in Prometheus' own files; what is inside is for Prometheus to refuse.
    groups: tuple[Entry, ...]


P = TypeVar("P", bound=_Part)


def files(objects: Iterable[Object]) -> dict[str, str]:
    """Return, by name, the files of one folder that PodMonitors and PrometheusRules among objects amount to.

    Raises LocalError for a field that is not translated.
    """
    of_kind: dict[str, list[Object]] = {"PodMonitor": [], "PrometheusRule": []}
    for each in objects:
        of_kind.get(each["kind"], []).append(each)
    rules = {
        f"{'-'.join(_identity(each))}.rules.yaml": {"groups": list(_spec(each, _PrometheusRule).groups)}
        for each in of_kind["PrometheusRule"]
    }
    configuration = {
        "global": {"scrape_interval": _INTERVAL, "evaluation_interval": _INTERVAL},
        "storage": {"tsdb": {"retention": {"time": _KEPT}}},
        "rule_files": sorted(rules),
        "scrape_configs": [job for each in of_kind["PodMonitor"] for job in _jobs(each)],
    }
    documents: dict[str, Entry] = {CONFIGURATION: configuration, **rules}
    return {name: yaml.safe_dump(document, sort_keys=False) for name, document in documents.items()}


def _jobs(monitor: Object) -> list[Entry]:
    """Return what a PodMonitor asks for, one job for each of its endpoints."""
    namespace, name = _identity(monitor)
    spec = _spec(monitor, _PodMonitor)
    discovery = _discovery(spec, namespace)
    return [
        {
            "job_name": f"podMonitor/{namespace}/{name}/{number}",
            "honor_labels": endpoint.honor_labels,
            "scrape_interval": endpoint.interval,
            "metrics_path": endpoint.path,
            "kubernetes_sd_configs": [discovery],
            "relabel_configs": _relabelings(endpoint, job=f"{namespace}/{name}"),
        }
        for number, endpoint in enumerate(spec.pod_metrics_endpoints)
    ]


def _discovery(spec: _PodMonitor, own_namespace: str) -> Entry:
    labels = ",".join(f"{name}={value}" for name, value in sorted(spec.selector.match_labels.items()))
    found: Entry = {"role": "pod", "selectors": [{"role": "pod", "label": labels}]}
    if spec.namespace_selector.any:
        return found
    return {**found, "namespaces": {"names": list(spec.namespace_selector.match_names or (own_namespace,))}}


def _relabelings(endpoint: _Endpoint, job: str) -> list[Entry]:
    """Return how a pod's ports become targets: those of running pods with the port's name, and their labels."""
    return [
        {"source_labels": ["__meta_kubernetes_pod_phase"], "regex": "Failed|Succeeded", "action": "drop"},
        {
            "source_labels": ["__meta_kubernetes_pod_container_port_name"],
            "regex": endpoint.port,
            "action": "keep",
        },
        *({"source_labels": [source], "target_label": label} for label, source in _OF_POD.items()),
        {"target_label": "job", "replacement": job},
        {"target_label": "endpoint", "replacement": endpoint.port},
        # Last, so that they may overwrite the others.
        *(
            {"source_labels": list(each.source_labels), "target_label": each.target_label}
            for each in endpoint.relabelings
        ),
    ]


def _spec(resource: Object, model: type[P]) -> P:
    try:
        return model.model_validate(resource["spec"])
    except ValidationError as error:
        told = "; ".join(f"spec.{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise LocalError(
            f"{resource['kind']} {'/'.join(_identity(resource))} can't be translated for Prometheus: {told}. "
            "What is translated is in local/monitoring/scraping.py."
        ) from error


def _identity(resource: Object) -> tuple[str, str]:
    """Return namespace and name."""
    return resource["metadata"]["namespace"], resource["metadata"]["name"]
