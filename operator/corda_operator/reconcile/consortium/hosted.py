"""The plan of a Consortium whose services this cluster runs."""

from corda_operator.api.conditions import Reason
from corda_operator.api.consortium import Consortium
from corda_operator.api.hosted import Hosted
from corda_operator.configuration_files import ConfigurationError
from corda_operator.reconcile.consortium import objects
from corda_operator.reconcile.consortium.facts import hosted_status
from corda_operator.reconcile.consortium.hosted_findings import (
    applied_finding,
    parameters_finding,
    serving_finding,
    trust_root_finding,
)
from corda_operator.reconcile.consortium.naming import SERVICES, TRUST_ROOT, services_name
from corda_operator.reconcile.consortium.network_policies import services_policy, trust_root_policy
from corda_operator.reconcile.consortium.observed import ObservedConsortium
from corda_operator.reconcile.consortium.outcome import Outcome
from corda_operator.reconcile.consortium.root import Root, known_root, map_reference
from corda_operator.reconcile.consortium.services_file import FILE, network_file
from corda_operator.reconcile.consortium.troubles import Trouble
from corda_operator.reconcile.consortium.trust_root import account_name, trust_root_job, trust_root_map
from corda_operator.reconcile.desired import Manifest, Reference, Settings
from corda_operator.reconcile.node.files import METRICS

_LOOK_AGAIN, _LOOK_AGAIN_SOON = 30.0, 5.0


def hosted_outcome(consortium: Consortium, hosted: Hosted, observed: ObservedConsortium, settings: Settings) -> Outcome:
    """Return what a hosted Consortium comes to."""
    root = known_root(consortium, observed)
    invalid: Trouble | None = None
    wished: tuple[Manifest, ...] = ()
    job: Manifest | None = None
    try:
        wished, job = _objects(consortium, hosted, observed, settings, root)
    except (ConfigurationError, ValueError) as error:
        invalid = Trouble(Reason.INVALID_SPEC, f"{error}. What runs goes on as it was.")
    serving = serving_finding(consortium, hosted, observed)
    findings = (
        trust_root_finding(consortium, hosted, observed, root, job),
        parameters_finding(consortium, observed, serving),
        serving,
        applied_finding(consortium, hosted, observed, invalid),
    )
    return Outcome(
        objects=wished,
        keep=_kept(consortium, observed, root),
        findings=findings,
        status=hosted_status(consortium, observed, settings, root.sha256),
        ready_message=_summary(observed),
        look_again=_LOOK_AGAIN if all(each.status == "True" for each in findings) else _LOOK_AGAIN_SOON,
        usable=invalid is None,
    )


def _kept(consortium: Consortium, observed: ObservedConsortium, root: Root) -> tuple[Reference, ...]:
    reference = map_reference(consortium)
    return (reference,) if root.sha256 is not None and reference in observed.live else ()


def _objects(
    consortium: Consortium, hosted: Hosted, observed: ObservedConsortium, settings: Settings, root: Root
) -> tuple[tuple[Manifest, ...], Manifest | None]:
    name, wish = services_name(consortium), hosted.network_map
    file = network_file(
        consortium, settings, observed.created, observed.withdrawals, _notary_metrics(consortium, observed, settings)
    )
    made: list[Manifest] = [
        objects.service_account(consortium, name, SERVICES),
        objects.config_map(consortium, name, SERVICES, {FILE: file}),
        services_policy(consortium, settings, hosted),
        objects.nodes_service(consortium, settings, wish.exposure),
        objects.admin_service(consortium),
        objects.disruption_budget(consortium, wish.replicas),
    ]
    if hosted.network_page.enabled:
        made.append(objects.page_service(consortium))
    if root.pem is not None:
        made.append(trust_root_map(consortium, root.pem))
    job: Manifest | None = None
    if root.sha256 is None:
        if account_name(consortium) != name:
            made.append(objects.service_account(consortium, account_name(consortium), TRUST_ROOT))
        made.append(trust_root_policy(consortium, settings))
        job = trust_root_job(consortium, settings, hosted.trust_root_identity or hosted.workload_identity)
        made.append(job)
    made.append(objects.deployment(consortium, settings, hosted.workload_identity, wish))
    return tuple(made), job


def _notary_metrics(consortium: Consortium, observed: ObservedConsortium, settings: Settings) -> dict[str, str]:
    domain = f"{consortium.metadata.namespace}.svc.{settings.cluster_domain}"
    return {name: f"http://{service}.{domain}:{METRICS}/metrics" for name, service in observed.notaries.items()}


def _summary(observed: ObservedConsortium) -> str:
    services = observed.services
    if services is None or services.parameters is None:
        return "The network is served."
    waiting = f", {services.pending_count} requests wait" if services.pending_count else ""
    return f"{services.node_count} nodes, epoch {services.parameters.epoch} of the network parameters{waiting}."
