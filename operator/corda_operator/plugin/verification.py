"""``kubectl corda verify-log``: the audit of ``corda-operator verify``, with URL and trust root from the cluster."""

import argparse
import contextlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from corda_operator.api.consortium import Consortium
from corda_operator.api.resource import Metadata
from corda_operator.plugin import cluster
from corda_operator.plugin.cluster import Manifest
from corda_operator.plugin.errors import PluginError
from corda_operator.plugin.kubectl import Kubectl
from corda_operator.plugin.port_forward import forwarded
from corda_operator.reconcile.consortium import naming
from corda_operator.reconcile.consortium.trust_root import ROOT_FILE, fingerprint

_WRONG: Final = 3
"""Exit code of the audit for a log, or here a trust root, that is not what it should be."""
_SAME_SOURCE: Final = (
    "the trust root comes from the cluster, as the log does: that proves less than one that you got by another way. "
    "Give yours with --trust-root"
)
_JOINED: Final = "only networks that are hosted by this operator have a log"


def verify_log(options: argparse.Namespace, kubectl: Kubectl) -> int:
    """Audit, and return the audit's exit code."""
    # Only here: it brings the network services with it.
    from corda_operator.network import actions

    consortium = cluster.consortium(kubectl, options.consortium)
    pem = _trust_root(options, kubectl, consortium)
    problem = contradiction(consortium, pem)
    if problem is not None:
        _tell(problem)
        return _WRONG
    with contextlib.ExitStack() as closing:
        file = Path(closing.enter_context(tempfile.TemporaryDirectory())) / ROOT_FILE
        file.write_text(pem)
        url = closing.enter_context(_reached(consortium, kubectl, through_kubectl=options.port_forward))
        audit = argparse.Namespace(
            url=url, trust_root=options.trust_root or file, seen=options.seen, legal_name=options.legal_name
        )
        code = actions.verify(audit)
    if code == 1 and "joined" in consortium["spec"]:
        _tell(_JOINED)
    return code


def contradiction(consortium: Manifest, pem: str) -> str | None:
    """Return what is wrong if a trust root is not the one in the Consortium's status."""
    own, known = fingerprint(pem), consortium.get("status", {}).get("trustRootSHA256")
    if own is None:
        return "the trust root is no certificate in PEM"
    if known is None or own == known.upper():
        return None
    return (
        f"the trust root's SHA-256 is {own}, but Consortium {consortium['metadata']['name']} says {known}: find out by "
        "another way which of them is the network's before you trust either"
    )


def _trust_root(options: argparse.Namespace, kubectl: Kubectl, consortium: Manifest) -> str:
    if options.trust_root is not None:
        try:
            text: str = options.trust_root.read_text()
        except (OSError, UnicodeDecodeError) as error:
            raise PluginError(f"--trust-root {options.trust_root}: {error}") from error
        return text
    given: str | None = consortium["spec"].get("joined", {}).get("trustRoot")
    if given is not None:
        return given
    name = naming.trust_root_name(_known(consortium))
    found = kubectl.get("configmaps", name, "--ignore-not-found") or {}
    pem: str | None = found.get("data", {}).get(ROOT_FILE)
    if pem is None:
        raise PluginError(f"There is no trust root yet: ConfigMap {name} with {ROOT_FILE} is not there.")
    _tell(_SAME_SOURCE)
    return pem


@contextlib.contextmanager
def _reached(consortium: Manifest, kubectl: Kubectl, *, through_kubectl: bool) -> Iterator[str]:
    hosted = consortium["spec"].get("hosted")
    if hosted is not None and (through_kubectl or "publicURL" not in hosted.get("networkMap", {})):
        with forwarded(kubectl, f"service/{naming.services_name(_known(consortium))}", naming.NODES_PORT) as url:
            yield url
        return
    shape = hosted["networkMap"]["publicURL"] if hosted is not None else consortium["spec"]["joined"]["networkMapURL"]
    yield shape


def _known(consortium: Manifest) -> Consortium:
    # Only the metadata is read, since the spec may be of a newer version than this plugin.
    return Consortium.model_construct(metadata=Metadata.model_validate(consortium["metadata"]))


def _tell(text: str) -> None:
    print(f"kubectl corda: {text}.", file=sys.stderr, flush=True)
