"""``kubectl corda pending``: who asks to be admitted, and what to write so that it is decided."""

import argparse
import datetime
from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from corda_operator.api.consortium import PendingRequest
from corda_operator.plugin.admission import decisions
from corda_operator.plugin.cluster import look
from corda_operator.plugin.columns import Fields
from corda_operator.plugin.document import as_json
from corda_operator.plugin.drawing import WAITING, console, moment, said, span
from corda_operator.plugin.kubectl import Kubectl
from corda_operator.plugin.model import Consortium


def pending(options: argparse.Namespace, kubectl: Kubectl) -> int:
    """Show them."""
    found = look(kubectl, options.consortium, all_namespaces=options.all_namespaces)
    if options.output == "json":
        requests = [
            {"namespace": each.namespace, "consortium": each.name, "pendingRequests": each.pending_requests}
            for each in found.consortia
        ]
        print(as_json(requests))
        return 0
    out, now = console(), datetime.datetime.now(datetime.UTC)
    for each in found.consortia:
        out.print(shown(each, now))
    if not found.consortia:
        out.print("There is no Consortium here. Other namespaces: -n NAME, or -A for all.")
    return 0


def shown(consortium: Consortium, now: datetime.datetime) -> RenderableType:
    """Return a Consortium's requests, and what to do about them."""
    if not consortium.pending_requests:
        where = (
            "No request waits" if consortium.hosted else "Its services run elsewhere, and who joins is decided there"
        )
        return Text.assemble(said(consortium.name, "bold"), f": {where}.")
    requests = [part for each in consortium.pending_requests for part in (Text(), _request(each, now))]
    return Group(_head(consortium), *requests, *_advice(consortium))


def _head(consortium: Consortium) -> Text:
    count = len(consortium.pending_requests)
    told = "1 request waits" if count == 1 else f"{count} requests wait"
    return Text.assemble(said(consortium.name, "bold"), f": {told} for a decision")


def _request(request: PendingRequest, now: datetime.datetime) -> RenderableType:
    return Fields(
        {
            "legal name": said(request.legal_name, "bold"),
            "role": said(request.role),
            "key SHA-256": said(request.key_sha256),
            "since": said(f"{moment(request.received)}, {span(now - request.received)} ago"),
            "request": said(request.request_id),
            "reason": said(request.reason, WAITING),
        }
    )


def _advice(consortium: Consortium) -> Iterator[RenderableType]:
    wanted = decisions(consortium)
    if wanted is None:
        return
    yield Text(
        "\nHave each member confirm its key's SHA-256 by another way than this. Then write into Consortium "
        f"{consortium.name}, where it is kept in Git; admission: Denied refuses instead:\n"
    )
    for line in wanted.splitlines():
        # Line by line, so that text of strangers stays in its line, and with spaces kept.
        indent = len(line) - len(line.lstrip())
        yield Text.assemble("  ", " " * indent, said(line.strip()))
