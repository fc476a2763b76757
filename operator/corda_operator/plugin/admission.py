"""What to write into a Consortium so that requests that wait are decided. No I/O."""

import re
from collections.abc import Collection
from typing import Any, Final

import yaml

from corda_operator.plugin.model import Consortium, Member, organisation_of, same_name

_NOTARY_SERVICE: Final = "NotaryService"
_LONGEST_NAME: Final = 40


def decisions(consortium: Consortium) -> str | None:
    """Return the entries of the spec that admit every request which waits for one, as YAML; None if none would help.

    An entry for an organisation that is listed already is the whole entry, to replace the old one.
    """
    members: dict[str, dict[str, Any]] = {}
    notaries: list[dict[str, Any]] = []
    listed = {each.organisation: each for each in consortium.members}
    taken = {each.name for each in consortium.members}
    for request in consortium.pending_requests:
        name = request.legal_name
        declared = any(same_name(name, each.service_legal_name) for each in consortium.notaries)
        if request.role == _NOTARY_SERVICE and not declared and {"serviceLegalName": name} not in notaries:
            notaries.append({"serviceLegalName": name})
        organisation = organisation_of(name)
        if organisation is None or request.role == _NOTARY_SERVICE:
            continue
        member = listed.get(organisation)
        if member is None and organisation not in members:
            short = short_name(organisation, taken)
            taken.add(short)
            members[organisation] = {"name": short, "organisation": organisation, "admission": "Admitted"}
        elif member is not None and _is_left_out(member, name):
            entry = members.setdefault(
                organisation,
                {"name": member.name, "organisation": organisation, "legalNames": list(member.legal_names)},
            )
            if name not in entry["legalNames"]:
                entry["legalNames"].append(name)
    spec: dict[str, Any] = {"members": list(members.values()), "notaries": notaries}
    spec = {field: entries for field, entries in spec.items() if entries}
    if not spec:
        return None
    return yaml.safe_dump({"spec": spec}, sort_keys=False, allow_unicode=True, width=1000)


def _is_left_out(member: Member, name: str) -> bool:
    return bool(member.legal_names) and not any(same_name(name, each) for each in member.legal_names)


def short_name(organisation: str, taken: Collection[str]) -> str:
    """Return a name for a member that no other has: small letters, digits and dashes (`api.consortium.Member`)."""
    plain = re.sub("[^a-z0-9]+", "-", organisation.lower()).strip("-")[:_LONGEST_NAME].rstrip("-") or "member"
    name, number = plain, 1
    while name in taken:
        number += 1
        name = f"{plain[: _LONGEST_NAME - len(str(number)) - 1].rstrip('-')}-{number}"
    return name
