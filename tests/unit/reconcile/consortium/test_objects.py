"""The objects of a Consortium: what they are, when they change and when they don't."""

import copy
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from corda_operator.api.consortium import Consortium
from corda_operator.network import configuration
from corda_operator.reconcile.consortium.naming import KINDS, status_urls
from corda_operator.reconcile.consortium.observed import ObservedConsortium
from corda_operator.reconcile.desired import Desired, Manifest, Reference, Settings
from corda_operator.reconcile.difference import fulfilled, unfulfilled
from corda_operator.reconcile.labels import WISH
from corda_operator.telemetry.configuration import Telemetry
from tests.unit.reconcile.consortium.world import (
    CREATED,
    DEPLOYMENT,
    FILE_MAP,
    ROOT_PEM,
    SETTINGS,
    TRUST_ROOT_MAP,
    consortium,
    looked,
    planned,
    pod,
    report,
    reported,
    settled,
    truth,
    wished,
)

GOLDEN = Path(__file__).parent / "golden"
UPGRADED = replace(SETTINGS, operator_image="registry.example.com/corda-operator:2.0")
STAND_INS = replace(
    SETTINGS, authority_host="https://login.azure.test", ca_config_map="azure-ca", azure_ports=(443, 8443)
)


def golden(name: str, desired: Desired) -> None:
    """Compare with a file that people read in reviews; what is missing is written, for them to read."""
    objects = json.loads(json.dumps(desired.objects))
    for each in objects:
        each["metadata"].get("annotations", {}).pop(WISH)
        if "root.pem" in each.get("data", {}):
            # Each run makes another.
            each["data"]["root.pem"] = "..."
    file = GOLDEN / f"{name}.yaml"
    if not file.exists():
        file.write_text(yaml.safe_dump_all(objects, sort_keys=False, width=120))
        pytest.fail(f"{file} was missing and is written now: read it")
    assert list(yaml.safe_load_all(file.read_text())) == objects


def first(resource: Consortium, settings: Settings = SETTINGS) -> Desired:
    return planned(resource, settings=settings)


def test_a_new_hosted_consortium_gets_what_makes_its_trust_root_and_its_services() -> None:
    golden("hosted-new", first(consortium(trustRootIdentity={"clientID": "7d5c2a10-0000-4000-8000-0000000000d9"})))


def test_a_settled_hosted_consortium_in_the_cluster_only() -> None:
    golden("hosted-settled", planned(*settled(consortium(networkMap={}))))


def test_a_joined_consortium_is_its_trust_root() -> None:
    golden("joined", first(consortium("elsewhere", like="elsewhere")))


def test_the_services_can_read_their_file() -> None:
    resource = consortium(
        networkParameters={"eventHorizon": "14d", "maxMessageSize": 20_000_000},
        parametersUpdate={"description": "larger", "acceptancePeriod": "3d", "adoptWhenAllAccepted": True},
        networkMap={"pollInterval": "10s", "replicas": 3},
        members=[
            {"name": "bank-a", "organisation": "Bank A", "submissionTokenSHA256": "ab" * 32, "profile": "Large"},
            {"name": "bank-c", "organisation": "Bank C", "admission": "Denied", "nodePool": "bankc"},
        ],
    )
    read = configuration.parse(
        wished(first(resource), "ConfigMap", "credit-records-network")["data"]["network.yaml"], "x"
    )

    assert read.generation == int(CREATED.timestamp()) * 1_000_000 + 3
    assert read.public_url == "http://credit-records-network.founder.svc.cluster.local:8080"
    assert (read.listen, read.listen_admin) == ("0.0.0.0:8080", "0.0.0.0:8081")
    assert read.key_vault.url == "https://founder.vault.azure.net"
    assert read.storage.account_url == "https://founder.blob.core.windows.net"
    assert read.network_parameters.event_horizon.days == 14
    assert read.network_parameters.max_message_size == 20_000_000
    assert (read.parameters_update.description, read.parameters_update.adopt_when_all_accepted) == ("larger", True)
    assert read.network_map.poll_interval.seconds == 10
    assert [(each.organisation, each.admission) for each in read.members] == [
        ("Bank A", "Admitted"),
        ("Bank C", "Denied"),
    ]
    assert read.members[0].submission_token_sha256 == "AB" * 32
    assert read.revocations[0].reason.value == "keyCompromise"


def test_what_the_spec_leaves_open_is_the_same_for_the_services() -> None:
    hosted = consortium().spec.hosted
    assert hosted is not None
    bare = Consortium.model_validate(
        {
            "kind": "Consortium",
            "metadata": {"name": "x", "namespace": "founder"},
            "spec": {"hosted": hosted.model_dump(include={"key_vault", "storage", "trust_root", "workload_identity"})},
        }
    )
    shape = bare.spec.hosted
    assert shape is not None
    read = configuration.parse(wished(first(bare), "ConfigMap", "x-network")["data"]["network.yaml"], "x")

    for part, other in (
        (shape.network_parameters, read.network_parameters),
        (shape.parameters_update, read.parameters_update),
        (shape.trust_root, read.trust_root),
        (shape.key_vault, read.key_vault),
    ):
        for field in type(part).model_fields:
            ours, theirs = getattr(part, field), getattr(other, field)
            assert ours == theirs, field
    assert shape.network_map.poll_interval == read.network_map.poll_interval
    assert shape.storage.container == read.storage.container


def test_a_consortium_that_is_created_anew_counts_as_newer() -> None:
    def generation(resource: Consortium, observed: ObservedConsortium) -> int:
        data = wished(planned(resource, observed), "ConfigMap", "credit-records-network")["data"]
        return configuration.parse(data["network.yaml"], "x").generation

    old = consortium()
    old = old.model_copy(update={"metadata": old.metadata.model_copy(update={"generation": 900})})
    anew = consortium()
    anew = anew.model_copy(update={"metadata": anew.metadata.model_copy(update={"generation": 1})})

    later = ObservedConsortium(CREATED.replace(hour=12))
    assert generation(anew, later) > generation(old, ObservedConsortium(CREATED))


@pytest.mark.parametrize(("said", "namespaces"), [(None, 2), (True, 2), (False, 1)])
def test_services_metrics_are_open_to_monitoring_unless_the_consortium_says_no(
    *, said: bool | None, namespaces: int
) -> None:
    resource = consortium(monitoring={} if said is None else {"enabled": said})
    _, observed = settled(resource)

    policy = wished(planned(resource, observed), "NetworkPolicy", "credit-records-network")

    # The operator's own is always among them.
    assert len(policy["spec"]["ingress"][1]["from"]) == namespaces


COLLECTED = replace(SETTINGS, otlp_endpoint="http://collector.monitoring.svc:4318", telemetry_interval="30s")


def telemetry(resource: Consortium, settings: Settings) -> Telemetry:
    file = wished(first(resource, settings), "ConfigMap", "credit-records-network")["data"]["network.yaml"]
    return configuration.parse(file, "x").telemetry


@pytest.mark.parametrize(
    ("said", "endpoint"),
    [(None, "http://collector.monitoring.svc:4318"), (True, "http://collector.monitoring.svc:4318"), (False, None)],
)
def test_services_send_to_the_collector_unless_the_consortium_says_no(
    *, said: bool | None, endpoint: str | None
) -> None:
    found = telemetry(consortium(monitoring={} if said is None else {"enabled": said}), COLLECTED)

    assert found.otlp_endpoint == endpoint
    assert endpoint is None or found.interval.total_seconds() == 30


def test_services_are_told_the_secret_and_never_the_connection_string() -> None:
    resource = consortium(
        applicationInsights={"connectionStringSecret": "application-insights"}, monitoring={"enabled": False}
    )

    found = telemetry(resource, COLLECTED)

    assert (found.application_insights_secret, found.otlp_endpoint) == ("application-insights", None)
    assert found.interval.total_seconds() == 30


def test_an_older_image_of_the_services_gets_no_field_that_nobody_asked_for() -> None:
    file = wished(first(consortium()), "ConfigMap", "credit-records-network")["data"]["network.yaml"]

    assert "telemetry" not in yaml.safe_load(file)


@pytest.mark.parametrize(
    ("endpoint", "ports"),
    [
        ("http://collector:4318", [443, 4318]),
        ("http://collector", [443, 80]),
        ("https://collector.example.com/otlp", [443]),
        (None, [443]),
    ],
)
def test_services_reach_the_collectors_port_and_the_trust_root_does_not(endpoint: str | None, ports: list[int]) -> None:
    desired = first(consortium(), replace(SETTINGS, otlp_endpoint=endpoint))

    def out(name: str) -> list[int]:
        return [each["port"] for each in wished(desired, "NetworkPolicy", name)["spec"]["egress"][1]["ports"]]

    assert out("credit-records-network") == ports
    assert out("credit-records-trust-root") == [443]


def test_the_collectors_port_is_closed_to_services_that_send_nothing_there() -> None:
    policy = wished(
        first(consortium(monitoring={"enabled": False}), COLLECTED), "NetworkPolicy", "credit-records-network"
    )

    assert [each["port"] for each in policy["spec"]["egress"][1]["ports"]] == [443]


def test_once_the_trust_root_is_known_its_job_goes_and_its_certificate_is_published() -> None:
    resource = consortium(trustRootIdentity={"clientID": "7d5c2a10-0000-4000-8000-0000000000d9"})
    begun = first(resource)
    assert [each["kind"] for each in begun.objects].count("Job") == 1
    assert Reference.of(begun.objects[0]) not in begun.obsolete

    done = planned(resource, ObservedConsortium(CREATED, live=looked(begun), services=report()))

    gone = {(each.kind, each.name.removeprefix("credit-records-")[:10]) for each in done.obsolete}
    assert gone == {("Job", "trust-root"), ("ServiceAccount", "trust-root"), ("NetworkPolicy", "trust-root")}
    assert wished(done, "ConfigMap", TRUST_ROOT_MAP.name)["data"] == {"root.pem": ROOT_PEM}


def test_a_corrected_identity_makes_another_job() -> None:
    wrong, right = (
        first(consortium()),
        first(consortium(workloadIdentity={"clientID": "7d5c2a10-0000-4000-8000-0000000000d8"})),
    )

    [old], [new] = ([each for each in desired.objects if each["kind"] == "Job"] for desired in (wrong, right))
    assert old["metadata"]["name"] != new["metadata"]["name"]
    corrected = planned(
        consortium(workloadIdentity={"clientID": "7d5c2a10-0000-4000-8000-0000000000d8"}),
        ObservedConsortium(CREATED, live=looked(wrong)),
    )
    assert Reference.of(old) in corrected.obsolete


def test_the_published_trust_root_stays_while_the_services_are_away_and_is_put_right() -> None:
    resource, observed = settled(consortium())
    away = replace(observed, services=None)
    assert wished(planned(resource, away), "ConfigMap", TRUST_ROOT_MAP.name)["data"]["root.pem"] == ROOT_PEM

    live = copy.deepcopy(dict(observed.live))
    live[TRUST_ROOT_MAP]["data"]["root.pem"] = "nonsense"
    edited = planned(resource, replace(observed, live=live))
    assert wished(edited, "ConfigMap", TRUST_ROOT_MAP.name)["data"]["root.pem"] == ROOT_PEM
    assert TRUST_ROOT_MAP not in planned(resource, replace(away, live=live)).obsolete


def test_an_upgrade_of_the_operator_changes_the_services_image_and_nothing_else() -> None:
    resource, observed = settled(consortium())

    before, after = planned(resource, observed).objects, planned(resource, observed, UPGRADED).objects

    (old,) = (each for each in before if each not in after)
    (new,) = (each for each in after if each not in before)
    assert new["kind"] == "Deployment"
    assert new["spec"]["template"]["spec"]["containers"][0].pop("image") == UPGRADED.operator_image
    assert old["spec"]["template"]["spec"]["containers"][0].pop("image") == SETTINGS.operator_image
    assert new["spec"] == old["spec"]
    assert new["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0


def test_an_image_that_somebody_edited_is_put_back() -> None:
    resource, observed = settled(consortium())
    live = copy.deepcopy(dict(observed.live))
    live[DEPLOYMENT]["spec"]["template"]["spec"]["containers"][0]["image"] = "evil"

    found = wished(planned(resource, replace(observed, live=live)), "Deployment", DEPLOYMENT.name)

    assert found["spec"]["template"]["spec"]["containers"][0]["image"] == SETTINGS.operator_image
    assert not fulfilled(found, live[DEPLOYMENT])


def test_members_and_parameters_restart_nothing() -> None:
    resource, observed = settled(consortium())
    changed = consortium(members=[], networkParameters={"maxMessageSize": 1})
    desired = planned(changed.model_copy(update={"status": resource.status}), observed)

    assert fulfilled(wished(desired, "Deployment", DEPLOYMENT.name), observed.live[DEPLOYMENT])
    assert not fulfilled(wished(desired, "ConfigMap", FILE_MAP.name), observed.live[FILE_MAP])


def test_what_is_wished_no_longer_is_noticed() -> None:
    resource, observed = settled(consortium())
    fewer = replace(SETTINGS, image_pull_secrets=())

    found = wished(planned(resource, observed, fewer), "Deployment", DEPLOYMENT.name)

    assert not fulfilled(found, observed.live[DEPLOYMENT])


def test_a_deleted_consortium_lets_go_and_says_what_stays() -> None:
    resource, observed = settled(consortium())
    ending = resource.metadata.model_copy(update={"deletion_timestamp": CREATED})
    resource = resource.model_copy(update={"metadata": ending})

    desired = planned(resource, observed)

    assert (desired.objects, desired.obsolete, desired.finalizer) == ((), (), False)
    [event] = desired.events
    assert event.reason == "Deleting"
    for kept in ("container consortium of https://founder.blob.core.windows.net", "corda-root", "founder.vault"):
        assert kept in event.message
    assert truth(desired, "Ready") == ("False", "Deleting")
    assert truth(desired, "Stalled") is None


def test_the_end_is_told_once() -> None:
    resource = consortium()
    ending = resource.metadata.model_copy(update={"deletion_timestamp": CREATED})
    resource = resource.model_copy(update={"metadata": ending})

    assert planned(reported(resource, planned(resource))).events == ()


@pytest.mark.parametrize(
    ("url", "ports"),
    [
        ("http://network.example.com", [8080, 80]),
        ("http://network.example.com:8080", [8080]),
        ("http://network.example.com:9000/corda", [8080, 9000]),
        ("https://network.example.com", [8080]),
    ],
)
def test_the_load_balancer_listens_where_nodes_connect(url: str, ports: list[int]) -> None:
    outside = {"publicURL": url, "exposure": {"type": "InternalLoadBalancer"}}

    service = wished(first(consortium(networkMap=outside)), "Service", "credit-records-network")

    assert [each["port"] for each in service["spec"]["ports"]] == ports
    assert {each["targetPort"] for each in service["spec"]["ports"]} == {"nodes"}


@pytest.mark.parametrize(("replicas", "allowed"), [(1, {"maxUnavailable": 1}), (2, {"minAvailable": 1})])
def test_one_pod_can_always_be_evicted(replicas: int, allowed: dict[str, int]) -> None:
    budget = wished(
        first(consortium(networkMap={"replicas": replicas})), "PodDisruptionBudget", "credit-records-network"
    )

    assert {key: value for key, value in budget["spec"].items() if key.endswith("vailable")} == allowed


def test_what_is_on_its_way_out_is_not_deleted_again() -> None:
    resource, observed = settled(consortium())
    stray = Reference("v1", "Service", "founder", "credit-records-old")
    metadata = {"ownerReferences": [{"uid": resource.metadata.uid}], "deletionTimestamp": "2026-12-01T12:00:00Z"}
    live = {**observed.live, stray: {"metadata": metadata}}

    assert planned(resource, replace(observed, live=live)).obsolete == ()


def test_only_own_objects_are_obsolete() -> None:
    resource, observed = settled(consortium())
    stray = Reference("v1", "Service", "founder", "credit-records-old")
    foreign = Reference("v1", "Service", "founder", "bank-a-rpc")
    of_ours = {"uid": resource.metadata.uid}
    live = {
        **observed.live,
        stray: {"metadata": {"ownerReferences": [of_ours]}},
        foreign: {"metadata": {"ownerReferences": [{"uid": "of a CordaNode"}]}},
    }

    assert planned(resource, replace(observed, live=live)).obsolete == (stray,)


NAMES = st.from_regex(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?", fullmatch=True)
SPECS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "networkMap": st.fixed_dictionaries(
            {
                "replicas": st.integers(1, 10),
                "resources": st.fixed_dictionaries(
                    {
                        "requests": st.just({"cpu": "0.5", "memory": "1024Mi"}),
                        "limits": st.sampled_from([{}, {"cpu": "2"}]),
                    }
                ),
                "publicURL": st.sampled_from(
                    ["http://n.example.com", "https://n.example.com", "http://n.example.com:81"]
                ),
                "exposure": st.sampled_from(
                    [
                        {},
                        {"type": "InternalLoadBalancer", "subnet": "apps"},
                        {"type": "InternalLoadBalancer", "sourceRanges": ["10.0.0.0/8"], "annotations": {"a": "b"}},
                    ]
                ),
            }
        ),
        "members": st.lists(
            st.integers(0, 99).map(lambda n: {"name": f"m{n}", "organisation": f"Bank {n}"}),
            max_size=4,
            unique_by=lambda each: each["name"],
        ),
    }
)


@given(name=NAMES, spec=SPECS, settings=st.sampled_from([SETTINGS, STAND_INS]))
def test_an_unchanged_world_gets_an_unchanged_plan(name: str, spec: dict[str, Any], settings: Settings) -> None:
    resource = consortium(name, **spec)
    observed = ObservedConsortium(CREATED, services=report())
    desired = planned(resource, observed, settings)
    for _ in range(2):
        observed = replace(observed, live=looked(desired, observed.live))
        resource = resource.model_copy(update={"status": type(resource.status).model_validate(desired.status)})
        desired = planned(resource, observed, settings)

    assert [unfulfilled(each, observed.live[Reference.of(each)]) for each in desired.objects] == [None] * len(
        desired.objects
    )
    assert desired.obsolete == ()
    assert desired.events == ()
    assert desired.status == resource.status.model_dump(mode="json", by_alias=True, exclude_none=True)


@given(name=NAMES, settings=st.sampled_from([SETTINGS, STAND_INS]))
def test_every_object_has_a_name_that_kubernetes_takes_and_belongs_to_the_consortium(
    name: str, settings: Settings
) -> None:
    resource = consortium(name, trustRootIdentity={"clientID": "7d5c2a10-0000-4000-8000-0000000000d9"})
    desired = planned(resource, settings=settings)

    references = [Reference.of(each) for each in desired.objects]
    assert len(set(references)) == len(references)
    for each in desired.objects:
        metadata = each["metadata"]
        assert len(metadata["name"]) <= 63
        assert all(len(value) <= 63 for value in metadata["labels"].values())
        assert metadata["labels"]["corda-operator.io/consortium"] == name
        assert [owner["uid"] for owner in metadata["ownerReferences"]] == ["11111111-uid"]
        assert (each["apiVersion"], each["kind"]) in KINDS


def test_an_identity_without_tenant_is_refused_with_what_to_do() -> None:
    desired = first(consortium(), replace(SETTINGS, tenant_id=None))

    assert desired.objects == ()
    assert truth(desired, "ConfigurationApplied") == ("False", "InvalidSpec")


def test_replicas_that_are_ready_are_asked_first() -> None:
    def replica(ip: str, ready: str, **more: Any) -> Manifest:
        made = pod("network-services", podIP=ip, conditions=[{"type": "Ready", "status": ready}])
        made["metadata"].update(more)
        return made

    pods = [
        replica("10.0.0.1", "False"),
        replica("fd00::2", "True"),
        replica("10.0.0.3", "True", deletionTimestamp="now"),
        pod("network-services"),
        pod("trust-root", podIP="10.0.0.4"),
    ]

    assert status_urls(pods) == ("http://[fd00::2]:8081/status", "http://10.0.0.1:8081/status")


def test_a_node_that_has_ended_for_good_is_withdrawn_in_the_services_file() -> None:
    leaving = (("O=Bank A, L=London, C=GB", CREATED),)
    file = wished(planned(consortium(), ObservedConsortium(CREATED, withdrawals=leaving)), FILE_MAP.kind, FILE_MAP.name)
    (withdrawal,) = configuration.parse(file["data"]["network.yaml"], "file").withdrawals
    assert (str(withdrawal.legal_name), withdrawal.before) == leaving[0]
    without = wished(planned(consortium()), FILE_MAP.kind, FILE_MAP.name)
    assert "withdrawals" not in without["data"]["network.yaml"]


def reaches(policy: Manifest, port: int) -> list[Manifest]:
    """Return from where a port is reached."""
    rules = [rule for rule in policy["spec"]["ingress"] if {"port": port, "protocol": "TCP"} in rule["ports"]]
    return [peer for rule in rules for peer in rule["from"]]


def test_the_network_page_is_reached_by_nobody_unless_the_consortium_names_them() -> None:
    _, observed = settled(consortium())
    closed = planned(consortium(), observed)
    opened = planned(consortium(networkPage={"namespaces": ["ingress"], "bearerTokenSecret": "page"}), observed)

    service = wished(closed, "Service", "credit-records-network-page")["spec"]
    assert [(each["port"], each["targetPort"]) for each in service["ports"]] == [(8082, "page")]
    assert reaches(wished(closed, "NetworkPolicy", "credit-records-network"), 8082) == []
    assert reaches(wished(opened, "NetworkPolicy", "credit-records-network"), 8082) == [
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress"}}}
    ]
    read = configuration.parse(
        wished(opened, "ConfigMap", "credit-records-network")["data"]["network.yaml"], "x"
    ).network_page
    assert (read.enabled, read.bearer_token_secret) == (True, "page")


def test_a_network_page_that_is_not_wished_for_has_no_service() -> None:
    _, observed = settled(consortium())
    desired = planned(consortium(networkPage={"enabled": False}), observed)

    assert Reference("v1", "Service", "founder", "credit-records-network-page") in desired.obsolete
    text = wished(desired, "ConfigMap", "credit-records-network")["data"]["network.yaml"]
    assert not configuration.parse(text, "x").network_page.enabled


@pytest.mark.parametrize(("ports", "more"), [(None, [10002]), ([10002, 20002], [10002, 20002]), ([], [])])
def test_services_may_try_nodes_at_their_p2p_ports_and_read_metrics_of_nodes_of_their_namespace(
    ports: list[int] | None, more: list[int]
) -> None:
    resource = consortium() if ports is None else consortium(observation={"p2pPorts": ports})
    egress = wished(first(resource), "NetworkPolicy", "credit-records-network")["spec"]["egress"]

    anywhere = [port["port"] for rule in egress if "to" not in rule for port in rule["ports"]]
    assert anywhere == [53, 53, 443, *more]
    assert [rule for rule in egress if "to" in rule] == [
        {
            "to": [{"podSelector": {"matchLabels": {"app.kubernetes.io/component": "node"}}}],
            "ports": [{"port": 9404, "protocol": "TCP"}],
        }
    ]


def test_services_are_told_where_the_metrics_of_their_notaries_are() -> None:
    notaries = [{"serviceLegalName": "O=Notary Service,L=London,C=GB"}, {"serviceLegalName": "O=Other, L=Rome, C=IT"}]
    observed = ObservedConsortium(CREATED, notaries={"O=Notary Service, L=London, C=GB": "notary-pods"})
    desired = planned(consortium(notaries=notaries), observed)

    read = configuration.parse(wished(desired, "ConfigMap", "credit-records-network")["data"]["network.yaml"], "x")
    assert [each.metrics_url for each in read.notaries] == [
        "http://notary-pods.founder.svc.cluster.local:9404/metrics",
        None,
    ]
