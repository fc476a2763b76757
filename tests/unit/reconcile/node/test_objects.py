"""The objects of a node: what they look like, and what they never have."""

import datetime
import json
from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from corda_operator.api.corda_node import CordaNode, CordaNodeStatus
from corda_operator.cordapps.configuration import Configuration as CordappsFile
from corda_operator.enrolment.configuration import parse
from corda_operator.reconcile.desired import Desired, Manifest, Reference
from corda_operator.reconcile.difference import fulfilled
from corda_operator.reconcile.node.observed import Listing, ObservedNode
from tests.unit.reconcile.node.manifests import FOLDER, NAMES, rendered
from tests.unit.reconcile.node.world import (
    NODE_INFO,
    NOW,
    SETTINGS,
    applied,
    by_kind,
    consortium,
    empty,
    node,
    planned,
    running,
)

BANK = node()
BALANCED = {"exposure": {"type": "InternalLoadBalancer"}}


def wished(of: CordaNode, **world: Any) -> Desired:
    return planned(of, empty(of, **world))


def services(desired: Desired) -> dict[str, dict[str, Any]]:
    return {each["metadata"]["name"]: each for each in desired.objects if each["kind"] == "Service"}


def pod_of(desired: Desired) -> dict[str, Any]:
    spec: dict[str, Any] = by_kind(desired, "StatefulSet")["spec"]["template"]["spec"]
    return spec


@pytest.mark.parametrize("name", NAMES)
def test_objects_are_as_they_were_reviewed(name: str) -> None:
    reviewed = (FOLDER / f"{name}.yaml").read_text()

    assert rendered(name) == reviewed, "python -m tests.unit.reconcile.node.manifests writes them anew, for review"


@pytest.mark.parametrize("name", ["bank-a", "notary"])
def test_a_world_as_planned_needs_nothing(name: str) -> None:
    of = node(name)
    world = running(of)

    desired = planned(of, world)

    assert all(fulfilled(each, world.live.get(Reference.of(each))) for each in desired.objects)
    assert desired.obsolete == ()


SPECS = st.fixed_dictionaries(
    {},
    optional={
        "jvm": st.fixed_dictionaries({}, optional={"maxRAMPercentage": st.integers(20, 80)}),
        "p2p": st.fixed_dictionaries({"port": st.integers(1, 65535), "address": st.just("a.example.com")}),
        "resources": st.fixed_dictionaries(
            {
                "requests": st.fixed_dictionaries(
                    {"cpu": st.sampled_from([1, "0.5", "1500m", "1e1"]), "memory": st.just("1024Mi")}
                )
            }
        ),
        "storage": st.fixed_dictionaries({"size": st.sampled_from(["1024Mi", "1.5Gi", "5G", 5_000_000_000, "500M"])}),
        "zones": st.lists(st.sampled_from("123"), unique=True),
        "rpc": st.fixed_dictionaries(
            {
                "exposure": st.fixed_dictionaries(
                    {"type": st.sampled_from(["None", "ClusterIP", "InternalLoadBalancer"])}
                )
            }
        ),
        "configuration": st.dictionaries(st.sampled_from(["flowTimeout", "custom"]), st.text(max_size=5)),
        "paused": st.booleans(),
    },
)


@given(before=SPECS, after=SPECS)
@settings(max_examples=60)
def test_whatever_changes_comes_to_an_end(before: dict[str, Any], after: dict[str, Any]) -> None:
    old, new = node(**before), node(**{**after, "paused": False})
    # Files that the old template names go once there is a new one.
    world = applied(new, applied(new, applied(old, empty(old))))

    desired = planned(new, world)

    assert all(fulfilled(each, world.live.get(Reference.of(each))) for each in desired.objects)
    assert desired.obsolete == ()


def test_the_volume_outlives_the_node_and_all_else_goes_with_it() -> None:
    owners = {each["kind"]: each["metadata"].get("ownerReferences") for each in wished(BANK).objects}

    assert owners.pop("PersistentVolumeClaim") is None
    assert all(owners.values())


@pytest.mark.parametrize(
    ("live", "wish", "size"),
    [("20Gi", "40Gi", "40Gi"), ("20Gi", "10Gi", "20Gi"), ("20Gi", "21G", "20Gi"), ("1Gi", "1.5Gi", "1536Mi")],
)
def test_a_volume_grows_and_never_shrinks(live: str, wish: str, size: str) -> None:
    grown = node(storage={"size": wish})
    world = applied(node(storage={"size": live}), empty(BANK))

    claim = by_kind(planned(grown, world), "PersistentVolumeClaim")

    assert claim["spec"]["resources"]["requests"]["storage"] == size


def test_files_hold_the_names_of_secrets_and_no_password() -> None:
    for name in ("bank-a", "notary"):
        files = by_kind(wished(node(name)), "ConfigMap")["data"]
        conf = files["node.conf"]

        assert conf.splitlines()[1] == 'include required(file("/run/corda/secrets.conf"))'
        tree = json.loads(conf.replace(conf.splitlines()[1], ""))
        assert not {"keyStorePassword", "trustStorePassword", "rpcUsers"} & tree.keys()
        assert tree["dataSourceProperties"]["dataSource"].get("password", "") == ""


def test_enrolment_understands_its_file() -> None:
    configuration = parse(by_kind(wished(BANK), "ConfigMap")["data"]["enrolment.yaml"], "enrolment.yaml")

    assert str(configuration.legal_name) == "O=Bank A, L=London, C=GB"
    assert configuration.identity_manager_url == "http://network.example.com:8080"
    assert (configuration.key_vault.url, configuration.key_vault.prefix) == ("https://bank-a.vault.azure.net", "bank-a")
    assert configuration.crl_distribution_point is not None
    assert [user.name for user in configuration.rpc_users] == ["gateway"]


def test_a_postgresql_database_has_its_user_and_the_name_of_its_password() -> None:
    document = yaml.safe_load(by_kind(wished(node("notary")), "ConfigMap")["data"]["enrolment.yaml"])

    assert document["database"] == {"postgresql": {"user": "corda", "passwordSecret": "notary-database"}}
    assert document["notary"] == {"serviceLegalName": "O=Notary Service, L=London, C=GB"}


def test_a_postgresql_database_is_verified_by_the_authorities_that_java_knows() -> None:
    assert (
        "jdbc:postgresql://db.example.com:5432/corda?currentSchema=corda&sslmode=verify-full"
        "&sslfactory=org.postgresql.ssl.DefaultJavaSSLFactory"
    ) in by_kind(wished(node("notary")), "ConfigMap")["data"]["node.conf"]


@pytest.mark.parametrize(
    ("version", "platform"), [("4.0", 4), ("4.9", 11), ("4.10.1", 12), ("4.12", 140), ("4.99", 140)]
)
def test_enrolment_names_the_platform_version_of_the_node(version: str, platform: int) -> None:
    document = yaml.safe_load(by_kind(wished(node(version=version)), "ConfigMap")["data"]["enrolment.yaml"])

    assert (document["cordaVersion"], document["platformVersion"]) == (version, platform)


def test_the_installation_of_cordapps_understands_its_file() -> None:
    image = "registry.example.com/app@sha256:" + "0" * 64
    of = node(
        cordapps=[{"name": "a", "url": "https://e.example.com/a", "sha256": "A" * 64}, {"name": "b", "image": image}]
    )

    desired = wished(of)

    file = CordappsFile.model_validate(yaml.safe_load(by_kind(desired, "ConfigMap")["data"]["cordapps.yaml"]))
    assert [(each.name, each.sha256, str(each.folder)) for each in file.cordapps] == [
        ("a", "a" * 64, "None"),
        ("b", None, "/cordapps-of-images/1"),
    ]
    containers = {each["name"]: each for each in pod_of(desired)["initContainers"]}
    assert list(containers) == ["cordapp-1", "cordapps", "database", "enrolment"]
    assert containers["cordapp-1"]["command"][-1] == "/cordapps-of-images/1"


def test_an_image_that_brings_several_cordapps_is_copied_once() -> None:
    image, other = (f"registry.example.com/{name}@sha256:{'0' * 64}" for name in ("both", "other"))
    desired = wished(
        node(
            cordapps=[
                {"name": "contracts", "image": image, "sha256": "a" * 64},
                {"name": "other", "image": other},
                {"name": "workflows", "image": image, "sha256": "b" * 64},
            ]
        )
    )

    file = CordappsFile.model_validate(yaml.safe_load(by_kind(desired, "ConfigMap")["data"]["cordapps.yaml"]))
    assert [str(each.folder) for each in file.cordapps] == [f"/cordapps-of-images/{place}" for place in (0, 1, 0)]
    containers = [each["name"] for each in pod_of(desired)["initContainers"]]
    assert containers == ["cordapp-0", "cordapp-1", "cordapps", "database", "enrolment"]


def test_h2_is_migrated_before_there_are_secrets_and_sees_none() -> None:
    desired = wished(BANK)
    containers = {each["name"]: each for each in pod_of(desired)["initContainers"]}

    assert list(containers).index("database") < list(containers).index("enrolment")
    mounts = containers["database"]["volumeMounts"]
    assert "keys" not in [each["name"] for each in mounts]
    # Where node.conf includes the secrets from.
    (instead,) = (each for each in mounts if each["mountPath"] == "/run/corda/secrets.conf")
    assert instead["name"] == "files"
    data = by_kind(desired, "ConfigMap")["data"]
    assert data[instead["subPath"]].splitlines() == ['keyStorePassword = "none"', 'trustStorePassword = "none"']


def test_postgresql_is_migrated_once_enrolment_has_brought_its_password() -> None:
    desired = wished(node("notary"))
    containers = {each["name"]: each for each in pod_of(desired)["initContainers"]}

    assert list(containers) == ["enrolment", "database"]
    mounts = {each["mountPath"]: each["name"] for each in containers["database"]["volumeMounts"]}
    assert mounts["/run/corda"] == "keys"
    assert "no-secrets.conf" not in by_kind(desired, "ConfigMap")["data"]


@pytest.mark.parametrize(
    ("profile", "said", "label"),
    [("Small", {}, None), ("Medium", {}, "true"), ("Large", {}, "true"), ("Small", {"enabled": True}, "true"),
     ("Large", {"enabled": False}, None)],
)  # fmt: skip
def test_pods_say_whether_their_metrics_are_to_be_collected(profile: str, said: Any, label: str | None) -> None:
    members = [{"name": "bank-a", "organisation": "Bank A", "profile": profile}]
    of = node(monitoring=said)
    desired = planned(of, empty(of, consortium=consortium(members=members)))

    labels = by_kind(desired, "StatefulSet")["spec"]["template"]["metadata"]["labels"]
    assert labels.get("corda-operator.io/monitored") == label


def test_only_enrolment_has_an_identity_in_azure() -> None:
    spec = pod_of(wished(BANK))
    mounting = [
        each["name"]
        for each in [*spec["initContainers"], *spec["containers"]]
        if any(mount["name"] == "azure-token" for mount in each["volumeMounts"])
    ]

    assert mounting == ["enrolment"]
    assert spec["automountServiceAccountToken"] is False


def test_nobody_but_enrolment_can_write_to_the_keys() -> None:
    spec = pod_of(wished(BANK))
    writing = [
        each["name"]
        for each in [*spec["initContainers"], *spec["containers"]]
        for mount in each["volumeMounts"]
        if mount["name"] == "keys" and not mount.get("readOnly")
    ]

    assert writing == ["enrolment"]
    assert {"name": "keys", "emptyDir": {"medium": "Memory", "sizeLimit": "16Mi"}} in spec["volumes"]


def test_a_collector_of_the_users_takes_the_place_of_ours() -> None:
    container = pod_of(wished(node(jvm={"options": ["-XX:+UseParallelGC"], "maxRAMPercentage": 60})))["containers"][0]

    assert container["env"] == [
        {
            "name": "CORDA_JVM_OPTS",
            "value": "-XX:MaxRAMPercentage=60.0 -XX:+ExitOnOutOfMemoryError -XX:+UseParallelGC",
        }
    ]


def test_nodes_of_a_member_share_one_load_balancer_for_applications() -> None:
    first, second = node(name="a1", rpc=BALANCED), node(name="a2", rpc=BALANCED)
    nodes = (second, first)

    one, two = wished(first, nodes=nodes), wished(second, nodes=nodes)

    shared = services(one)["credit-records-bank-a-member"]
    assert services(two)["credit-records-bank-a-member"] == shared
    assert shared["spec"]["type"] == "LoadBalancer"
    assert shared["metadata"]["ownerReferences"][0]["kind"] == "Consortium"
    assert services(one)["a1-rpc"]["spec"]["type"] == "ClusterIP"
    labels = by_kind(one, "StatefulSet")["spec"]["template"]["metadata"]["labels"]
    assert shared["spec"]["selector"].items() <= labels.items()


def test_the_first_of_a_members_nodes_by_name_says_how_applications_reach_them() -> None:
    first, second = node(name="a1"), node(name="a2", rpc=BALANCED)

    for of in (first, second):
        shared = services(wished(of, nodes=(second, first)))["credit-records-bank-a-member"]
        assert shared["spec"]["type"] == "ClusterIP"


def test_a_notary_of_a_members_is_not_among_its_nodes_for_applications() -> None:
    bank = node(rpc={"exposure": {"type": "None"}})
    notary = node("notary", legalName="O=Bank A, L=Paris, C=FR")

    assert "credit-records-bank-a-member" not in services(wished(notary, nodes=(bank, notary)))


def test_a_notary_and_a_node_of_nobodys_have_load_balancers_of_their_own() -> None:
    notary = services(wished(node("notary", rpc=BALANCED)))
    stranger = services(wished(node(legalName="O=Stranger, L=London, C=GB", rpc=BALANCED)))

    assert notary["notary-rpc"]["spec"]["type"] == "LoadBalancer"
    assert stranger["bank-a-rpc"]["spec"]["type"] == "LoadBalancer"
    assert not any(name.endswith("-member") for name in (*notary, *stranger))


def test_a_node_without_rpc_has_no_service_for_it_and_lets_nobody_in() -> None:
    of = node(rpc={"exposure": {"type": "None"}})
    world = applied(of, running(BANK))

    desired = wished(of)

    assert set(services(desired)) == {"bank-a-pods", "bank-a-p2p"}
    ports = [rule["ports"][0]["port"] for rule in by_kind(desired, "NetworkPolicy")["spec"]["ingress"]]
    assert 10003 not in ports
    assert Reference("v1", "Service", "bank", "bank-a-rpc") not in world.live


def test_a_load_balancer_lets_in_whom_its_ranges_name() -> None:
    exposure = {"type": "InternalLoadBalancer", "sourceRanges": ["10.2.0.0/16"], "ipAddress": "10.1.0.9", "subnet": "s"}
    desired = wished(node(p2p={"address": "a.example.com", "exposure": exposure}))

    service = services(desired)["bank-a-p2p"]
    assert service["spec"]["loadBalancerSourceRanges"] == ["10.2.0.0/16"]
    prefix = "service.beta.kubernetes.io/azure-load-balancer"
    assert (
        service["metadata"]["annotations"].items()
        >= {
            f"{prefix}-internal": "true",
            f"{prefix}-internal-subnet": "s",
            f"{prefix}-ipv4": "10.1.0.9",
        }.items()
    )
    peers = by_kind(desired, "NetworkPolicy")["spec"]["ingress"][0]["from"]
    assert [each["ipBlock"]["cidr"] for each in peers if "ipBlock" in each] == ["10.2.0.0/16"]


@pytest.mark.parametrize(
    ("own", "of_all", "profile", "collected"),
    [
        (None, None, "Small", False),
        (None, None, "Large", True),
        (True, None, "Small", True),
        (False, None, "Large", False),
        (None, True, "Small", True),
        (None, False, "Large", False),
        (True, False, "Small", True),
    ],
)
def test_metrics_are_open_to_monitoring_if_they_are_collected(
    *, own: bool | None, of_all: bool | None, profile: str, collected: bool
) -> None:
    members = [{"name": "bank-a", "organisation": "Bank A", "profile": profile}]
    of = node(monitoring={} if own is None else {"enabled": own})
    network = consortium(members=members, monitoring={} if of_all is None else {"enabled": of_all})

    policy = by_kind(wished(of, consortium=network), "NetworkPolicy")

    ports = [rule["ports"][0]["port"] for rule in policy["spec"]["ingress"]]
    assert (9404 in ports) is collected


def test_network_services_try_every_node_and_count_at_notaries() -> None:
    def peers(desired: Desired, port: int) -> list[Manifest]:
        rules = by_kind(desired, "NetworkPolicy")["spec"]["ingress"]
        return [peer for rule in rules if rule["ports"][0]["port"] == port for peer in rule["from"]]

    services = {
        "app.kubernetes.io/component": "network-services",
        "corda-operator.io/consortium": "credit-records",
    }
    for resource in (BANK, node("notary")):
        [tried] = peers(wished(resource), resource.spec.p2p.port)[:1]
        [expression] = tried["podSelector"]["matchExpressions"]
        assert expression["values"] == ["node", "network-services"]
    assert {"podSelector": {"matchLabels": services}} in peers(wished(node("notary")), 9404)
    assert {"podSelector": {"matchLabels": services}} not in peers(wished(BANK), 9404)


def test_no_pod_reaches_the_identity_of_its_machine() -> None:
    egress = by_kind(wished(BANK), "NetworkPolicy")["spec"]["egress"]

    blocks = [peer["ipBlock"] for rule in egress for peer in rule["to"] if "ipBlock" in peer]
    assert blocks
    assert all(block["except"] == ["169.254.169.254/32"] for block in blocks)


def test_a_budget_never_keeps_a_machine_from_being_drained() -> None:
    budget = by_kind(wished(BANK), "PodDisruptionBudget")["spec"]

    assert (budget["maxUnavailable"], budget["unhealthyPodEvictionPolicy"]) == (1, "AlwaysAllow")


def test_the_nodes_pool_goes_before_the_members() -> None:
    assert pod_of(wished(BANK))["nodeSelector"] == {SETTINGS.node_pool_label: "banka"}
    assert pod_of(wished(node(nodePool="own")))["nodeSelector"] == {SETTINGS.node_pool_label: "own"}
    assert "nodeSelector" not in pod_of(wished(node("notary")))


def test_names_that_begin_alike_make_no_two_objects_alike() -> None:
    names = ["bank", "bank-rpc", "bank-p2p", "bank-node", "bank-data", "b" * 40, "b" * 39 + "c"]
    every = [
        Reference.of(each)
        for name in names
        for each in wished(node(name=name)).objects
        if not each["metadata"]["name"].endswith("-member")
    ]

    assert len(set(every)) == len(every)
    assert all(len(each.name) <= 63 for each in every)


def ended_world(world: ObservedNode) -> ObservedNode:
    """Return the world once the node of a deleted resource has ended."""
    return replace(world, pod=None, live={k: v for k, v in world.live.items() if k.kind != "StatefulSet"})


def test_deleting_waits_until_the_network_map_has_dropped_the_node_but_not_for_ever() -> None:
    going = node(metadata={"deletionTimestamp": "2026-12-01T12:00:00Z"})
    ended = ended_world(replace(running(BANK), nodes=(going,)))

    listed = planned(going, ended)
    assert listed.finalizer is True
    assert "Waiting for the network map to drop the node" in listed.status["conditions"][0]["message"]
    assert planned(going, replace(ended, listing=Listing())).finalizer is False

    away = replace(ended, listing=None, services_error="no answer")
    before = going.model_copy(update={"status": CordaNodeStatus(node_info_hash=NODE_INFO)})
    assert planned(before, away).finalizer is True
    assert planned(before, away, now=NOW + datetime.timedelta(minutes=5)).finalizer is False
    assert planned(going, ended, now=NOW + datetime.timedelta(minutes=5)).finalizer is False


def test_deleting_waits_for_no_map_that_others_run_or_that_goes_itself() -> None:
    going = node(metadata={"deletionTimestamp": "2026-12-01T12:00:00Z"})
    ended = ended_world(replace(running(BANK), nodes=(going,)))
    assert ended.consortium is not None
    leaving = ended.consortium.metadata.model_copy(update={"deletion_timestamp": NOW})

    for other in (consortium("elsewhere"), ended.consortium.model_copy(update={"metadata": leaving})):
        assert planned(going, replace(ended, consortium=other)).finalizer is False


def test_deleting_ends_the_node_first_and_keeps_volume_and_secrets() -> None:
    going = node(metadata={"deletionTimestamp": "2026-12-01T12:00:00Z"})
    world = replace(running(BANK), nodes=(going,))

    first = planned(going, world)
    last = planned(going, replace(ended_world(world), listing=Listing()))

    assert [each.kind for each in first.obsolete] == ["Service", "StatefulSet"]
    assert (first.finalizer, last.finalizer) == (True, False)
    assert [each.kind for each in last.obsolete] == ["Service"]
    (ready,) = (each for each in last.status["conditions"] if each["type"] == "Ready")
    assert ready["message"] == (
        "PersistentVolumeClaim bank/bank-a-data and the secrets and the key bank-a-* in "
        "https://bank-a.vault.azure.net are kept."
    )


def test_deleting_takes_the_volume_after_the_node_if_that_is_the_policy() -> None:
    going = node(metadata={"deletionTimestamp": "2026-12-01T12:00:00Z"}, deletionPolicy="Delete")
    world = replace(running(BANK), nodes=(going,))
    ended = replace(ended_world(world), listing=Listing())
    empty_now = replace(ended, live={})

    assert "PersistentVolumeClaim" not in [each.kind for each in planned(going, world).obsolete]
    assert "PersistentVolumeClaim" in [each.kind for each in planned(going, ended).obsolete]
    assert planned(going, ended).finalizer is True
    assert planned(going, empty_now).finalizer is False


def test_the_last_node_of_a_member_takes_the_members_service_along() -> None:
    going = node(name="a1", metadata={"deletionTimestamp": "2026-12-01T12:00:00Z"})
    staying = node(name="a2")
    world = running(node(name="a1"))

    alone = planned(going, replace(world, nodes=(going,)))
    accompanied = planned(going, replace(world, nodes=(going, staying)))

    service = Reference("v1", "Service", "bank", "credit-records-bank-a-member")
    assert service in alone.obsolete
    assert service not in accompanied.obsolete


def test_a_deleted_node_goes_although_its_consortium_is_gone() -> None:
    going = node(metadata={"deletionTimestamp": "2026-12-01T12:00:00Z"})

    assert planned(going, empty(going, consortium=None)).finalizer is False


def test_cordapps_are_fetched_through_the_same_proxy_and_with_the_same_trust_as_azure_is_reached() -> None:
    proxy = {"HTTPS_PROXY": "http://proxy.example.com:3128"}
    behind = replace(SETTINGS, ca_config_map="authorities", environment=proxy)
    pod = by_kind(planned(BANK, empty(BANK), behind), "StatefulSet")["spec"]["template"]["spec"]
    by_name = {each["name"]: each for each in pod["initContainers"]}
    wanted = {**proxy, "SSL_CERT_FILE": "/etc/corda-operator/ca/ca.pem"}
    for name in ("enrolment", "cordapps"):
        environment = {each["name"]: each["value"] for each in by_name[name]["env"]}
        assert wanted.items() <= environment.items()
        assert "/etc/corda-operator/ca" in [each["mountPath"] for each in by_name[name]["volumeMounts"]]
    assert [each["name"] for each in pod["volumes"]].count("ca") == 1
