"""An overview as a tree for people: a line for what is well, the reason and what to do for what is not. No I/O."""

import datetime
from collections.abc import Iterable
from typing import Final

from rich.console import Group, RenderableType
from rich.text import Text
from rich.tree import Tree

from corda_operator.api.consortium import ParametersStatus, ProposedParameters
from corda_operator.plugin.columns import Row, aligned
from corda_operator.plugin.drawing import BAD, GOOD, QUIET, WAITING, moment, said, span
from corda_operator.plugin.model import Consortium, Member, Node, Notary, Overview, Standing, Step

_SOON: Final = datetime.timedelta(days=30)
"""The operator restarts a node to renew its TLS certificate this long before its end: later than that, look why not."""
_BAR: Final = 20
_LABEL: Final = 16
_GUIDE: Final = 4
_MOST_PENDING: Final = 100
_MARKS: Final = {"True": ("✓", GOOD), "False": ("✗", BAD), "Unknown": ("·", QUIET)}


def drawn(overview: Overview, now: datetime.datetime) -> Group:
    """Return one tree for each Consortium, and one for nodes without."""
    trees: list[RenderableType] = [_consortium(each, now) for each in overview.consortia]
    if overview.stray_nodes:
        stray = Tree(Text("CordaNodes whose Consortium is not here", WAITING), guide_style=QUIET)
        rows = aligned([_row(each, now) for each in overview.stray_nodes])
        for node, row in zip(overview.stray_nodes, rows, strict=True):
            row.append_text(Text.assemble("  ", said(f"of {node.consortium} in {node.namespace}", QUIET)))
            _add_node(stray, node, row)
        trees.append(stray)
    parted = [part for tree in trees for part in (Text(), tree)]
    return Group(*parted[1:])


def _consortium(consortium: Consortium, now: datetime.datetime) -> Tree:
    about = f"{'hosted here' if consortium.hosted else 'joined'}, namespace {consortium.namespace}"
    head = Text.assemble(_mark(consortium.standing), said(consortium.name, "bold"), "  ", said(about, QUIET))
    tree = Tree(head, guide_style=QUIET)
    _add_standing(tree, consortium.standing)
    for label, value in _facts(consortium):
        tree.add(_labelled(label, said(value)))
    _add_parameters(tree, consortium.parameters, now)
    if consortium.transactions_per_minute is not None:
        tree.add(_labelled("transactions", said(f"about {consortium.transactions_per_minute} a minute")))
    if consortium.pending_requests:
        tree.add(_labelled("pending", said(_pending(consortium), WAITING)))
    rows = dict(zip(map(id, consortium.nodes), aligned([_row(node, now) for node in consortium.nodes]), strict=True))
    _add_members(tree, consortium, rows)
    _add_notaries(tree, consortium.notaries)
    if consortium.other_nodes:
        others = tree.add(_labelled("others", said("CordaNodes of no member that is listed", WAITING)))
        for node in consortium.other_nodes:
            _add_node(others, node, rows[id(node)])
    return tree


def _facts(consortium: Consortium) -> Iterable[tuple[str, str]]:
    identity, network_map = consortium.identity_manager_url, consortium.network_map_url
    if consortium.trust_root_sha256:
        yield "trust root", consortium.trust_root_sha256
    if identity and identity == network_map:
        yield "services", identity
        return
    if identity:
        yield "identity manager", identity
    if network_map:
        yield "network map", network_map


def _pending(consortium: Consortium) -> str:
    count = len(consortium.pending_requests)
    # The status has the first hundred only (`api.consortium.ConsortiumStatus`).
    number = f"{count} or more" if count >= _MOST_PENDING else str(count)
    return f"{number} request{'' if count == 1 else 's'} to decide on: kubectl corda pending {consortium.name}"


def _labelled(label: str, value: Text, *, depth: int = 0) -> Text:
    return Text.assemble((f"{label:{_LABEL - depth * _GUIDE}}  ", QUIET), value)


def _add_parameters(tree: Tree, parameters: ParametersStatus | None, now: datetime.datetime) -> None:
    if parameters is None:
        return
    tree.add(_labelled("parameters", said(f"epoch {parameters.epoch}  {parameters.hash}")))
    proposed = parameters.proposed
    if proposed is None:
        return
    flag_day = proposed.deadline - now
    when = f"in {span(flag_day)}" if flag_day > datetime.timedelta() else f"{span(flag_day)} ago"
    branch = tree.add(_labelled("proposed", said(proposed.hash)))
    branch.add(_labelled("flag day", said(f"{moment(proposed.deadline)}, {when}", WAITING), depth=1))
    if proposed.accepted_by or proposed.waiting_for:
        branch.add(_labelled("accepted", progress(proposed), depth=1))
    for name in proposed.waiting_for:
        branch.add(_labelled("waiting for", said(name, WAITING), depth=1))


def progress(proposed: ProposedParameters) -> Text:
    """Return a bar of the nodes that have accepted, readable without colours."""
    accepted = len(proposed.accepted_by)
    total = accepted + len(proposed.waiting_for)
    full = _BAR * accepted // total
    return Text.assemble(("█" * full, GOOD), ("░" * (_BAR - full), QUIET), f" {accepted} of {total}")


def _add_members(tree: Tree, consortium: Consortium, rows: dict[int, Text]) -> None:
    admitted = sum(member.admission == "Admitted" for member in consortium.members)
    nodes = consortium.nodes
    ready = sum(node.standing.ready == "True" for node in nodes)
    told = f"{admitted} admitted; {ready} of {len(nodes)} CordaNodes ready, {_map(consortium)}"
    branch = tree.add(_labelled("members", said(told)))
    heads = aligned([_member_row(each) for each in consortium.members])
    for member, head in zip(consortium.members, heads, strict=True):
        twig = branch.add(head)
        for node in member.nodes:
            _add_node(twig, node, rows[id(node)])


def _map(consortium: Consortium) -> str:
    told = f"{consortium.listed_nodes} in the map"
    if consortium.reachable_nodes is not None:
        told += f", {consortium.reachable_nodes} of them reachable"
    return told


def _member_row(member: Member) -> Row:
    admission = said(member.admission, GOOD if member.admission == "Admitted" else BAD)
    row = [said(member.name, "bold"), said(member.organisation), admission, said(member.profile)]
    return row if member.nodes else [*row, said("no CordaNode here", QUIET)]


def _add_notaries(tree: Tree, notaries: Iterable[Notary]) -> None:
    for notary in notaries:
        mark = ("✓ ", GOOD) if notary.ready else ("✗ ", WAITING)
        by = f"run by {', '.join(notary.nodes)}" if notary.nodes else "run by no CordaNode here"
        kind = "validating" if notary.validating else "non-validating"
        name = said(notary.service_legal_name)
        tree.add(_labelled("notary", Text.assemble(mark, name, (f"  {kind}, ", QUIET), said(by, QUIET))))


def _row(node: Node, now: datetime.datetime) -> Row:
    name = Text.assemble(_mark(node.standing), said(node.name))
    address = said(node.p2p_address or "")
    if node.notary_service is not None:
        address.append("  notary", QUIET)
    return [
        name,
        said(_version(node)),
        expiry(node.certificate_expiry, now),
        _listed(node),
        address,
    ]


def _version(node: Node) -> str:
    if node.version is None or node.wanted_version in (None, node.version):
        return node.version or node.wanted_version or ""
    return f"{node.version}→{node.wanted_version}"


def expiry(end: datetime.datetime | None, now: datetime.datetime) -> Text:
    """Return how long a certificate is valid, in a colour that says whether to act."""
    if end is None:
        return Text("no certificate", QUIET)
    left = end - now
    if left <= datetime.timedelta():
        return Text("expired", f"bold {BAD}")
    return Text(f"{left.days}d certified", WAITING if left < _SOON else "")


def _listed(node: Node) -> Text:
    if node.listed is None:
        return Text("")
    return Text("in map") if node.listed else Text("not in map", WAITING)


def _add_node(tree: Tree, node: Node, row: Text) -> None:
    twig = tree.add(row)
    if node.paused:
        twig.add(said("paused: spec.paused is true", WAITING))
    _add_standing(twig, node.standing)


def _add_standing(tree: Tree, standing: Standing) -> None:
    """Add what is in the way; of what is not ready also the steps that are done and to come."""
    if standing.outdated:
        tree.add(said("The operator has not acted on the newest spec yet.", WAITING))
    obstacles = standing.obstacles
    others = () if standing.ready == "True" else standing.steps
    for step in (*(each for each in obstacles if each not in others), *others):
        tree.add(_obstacle(step, stalled=standing.stalled) if step in obstacles else _step(step))


def _obstacle(step: Step, *, stalled: bool) -> Text:
    mark, style = _MARKS[step.status]
    if step.status == "False" and not stalled:
        style = WAITING
    return Text.assemble(
        said(f"{mark} {step.type}", style), "  ", said(step.reason, f"bold {style}"), ": ", said(step.message)
    )


def _step(step: Step) -> Text:
    # What has not happened yet, only because others come before it, is not wrong.
    mark, style = _MARKS["True" if step.status == "True" else "Unknown"]
    return Text.assemble((f"{mark} ", style), said(step.type, "" if step.status == "True" else QUIET))


def _mark(standing: Standing) -> Text:
    mark, style = _MARKS[standing.ready]
    return Text(f"{mark} ", WAITING if standing.ready == "False" and not standing.stalled else style)
