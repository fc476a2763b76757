"""What ``kubectl corda status`` draws."""

import datetime
import io
import re

import pytest
from rich.console import Console

from corda_operator.api.conditions import ConditionType, Reason
from corda_operator.plugin.model import overview
from corda_operator.plugin.tree import drawn, expiry, progress
from tests.unit.plugin.resources import (
    IN_FORCE,
    KEY,
    NOW,
    ROOT_SHA256,
    TO_COME,
    Object,
    condition,
    consortium,
    network,
    node,
    proposed,
    waiting_node,
)

PICTURE = f"""\
✓ credit-records  hosted here, namespace consortium
├── trust root        {ROOT_SHA256}
├── services          http://network.example.com:8080
├── parameters        epoch 3 {IN_FORCE}
├── proposed          {TO_COME}
│   ├── flag day      2026-12-08 12:00 UTC, in 7 days
│   ├── accepted      ███████████████░░░░░ 3 of 4
│   └── waiting for   O=Bank B, L=Paris, C=FR
├── transactions      about 12 a minute
├── pending           1 request to decide on: kubectl corda pending credit-records
├── members           2 admitted; 3 of 4 CordaNodes ready, 3 in the map, 2 of them reachable
│   ├── bank-a  Bank A  Admitted  Medium
│   │   ├── ✓ bank-a-1  4.10  335d certified  in map      bank-a-1.example.com:10002
│   │   └── ✓ bank-a-2  4.10  19d certified   in map      bank-a-2.example.com:10002
│   ├── bank-b  Bank B  Admitted  Small
│   │   └── ✗ bank-b    4.10  no certificate  not in map  bank-b-p2p.consortium.svc.cluster.local:10002
│   │       ├── ✓ ConfigurationApplied
│   │       ├── ✓ StorageBound
│   │       ├── · KeysReady
│   │       ├── ✗ Registered  AdmissionPending: The identity manager has the request; the consortium has not \
admitted the organisation yet.
│   │       ├── ✓ DatabaseMigrated
│   │       └── · Published
│   └── bank-x  Bank X  Denied    Small   no CordaNode here
├── notary            ✓ O=Notary Service, L=London, C=GB  non-validating, run by notary
└── others            CordaNodes of no member that is listed
    └── ✓ notary    4.10  335d certified  in map      notary.example.com:10002  notary
"""


def picture(objects: list[Object], *, width: int = 1000, colours: bool = False) -> str:
    out = io.StringIO()
    console = Console(
        file=out,
        width=width,
        force_terminal=colours,
        color_system="standard" if colours else None,
        no_color=False,
        markup=False,
        highlight=False,
    )
    console.print(drawn(overview(objects), NOW))
    return out.getvalue()


def coloured(objects: list[Object]) -> str:
    return picture(objects, colours=True)


def test_a_network_is_a_tree_of_members_and_their_nodes() -> None:
    assert picture(network()) == PICTURE


def test_everything_but_unbreakable_words_fits_a_hundred_columns() -> None:
    assert max(map(len, picture(network(), width=100).splitlines())) <= 100
    joined = re.sub(r"[│├└─\s]+", "", picture(network(), width=100))
    assert joined == re.sub(r"[│├└─\s]+", "", PICTURE)


def test_lines_have_no_spaces_at_their_end() -> None:
    assert [line for line in picture(network()).splitlines() if line != line.rstrip()] == []


@pytest.mark.parametrize(
    ("days", "text", "style"),
    [
        (335, "335d certified", ""),
        (30, "30d certified", ""),
        (29.9, "29d certified", "yellow"),
        (0.1, "0d certified", "yellow"),
        (0, "expired", "bold red"),
        (-3, "expired", "bold red"),
        (None, "no certificate", "dim"),
    ],
)
def test_a_certificate_that_ends_soon_catches_the_eye(days: float | None, text: str, style: str) -> None:
    end = None if days is None else NOW + datetime.timedelta(days=days)
    shown = expiry(end, NOW)
    assert (shown.plain, str(shown.style)) == (text, style)


@pytest.mark.parametrize(
    ("accepted", "waiting", "text"),
    [(0, 3, "░" * 20 + " 0 of 3"), (1, 1, "█" * 10 + "░" * 10 + " 1 of 2"), (2, 0, "█" * 20 + " 2 of 2")],
)
def test_acceptance_is_a_bar_that_needs_no_colours(accepted: int, waiting: int, text: str) -> None:
    names = tuple(f"O=Bank {number}, L=Oslo, C=NO" for number in range(waiting))
    status = overview([consortium(parameters=proposed(accepted, names))]).consortia[0].parameters
    assert status is not None
    assert status.proposed is not None
    assert progress(status.proposed).plain == text


def test_flag_day_that_has_passed_is_told_as_past() -> None:
    parameters = proposed()
    parameters["proposed"]["deadline"] = "2026-11-30T12:00:00Z"
    assert "2026-11-30 12:00 UTC, 1 day ago" in picture([consortium(parameters=parameters)])


def test_colours_tell_what_waits_from_what_somebody_has_to_mend() -> None:
    waits = waiting_node("bank-b", "O=Bank B, L=Paris, C=FR")
    assert "\x1b[33m✗ Registered" in coloured([consortium(), waits])
    stalled = waiting_node("bank-b", "O=Bank B, L=Paris, C=FR")
    stalled["status"]["conditions"][1]["type"] = "Stalled"
    assert "\x1b[31m✗ Registered" in coloured([consortium(), stalled])
    assert "\x1b[32m✓ " in coloured([consortium()])


def test_what_no_step_explains_is_told_as_ready_itself() -> None:
    told = "0/3 nodes are available."
    status = [condition(ConditionType.READY, "False", Reason.POD_UNSCHEDULABLE, told)]
    lines = picture([consortium(), node("bank-a", conditions=status)]).splitlines()
    assert any(line.endswith(f"✗ Ready  PodUnschedulable: {told}") for line in lines)


def test_a_ready_node_that_has_not_accepted_parameters_says_so() -> None:
    found = node("bank-a")
    told = "New network parameters come into force."
    refusal = condition(ConditionType.PARAMETERS_ACCEPTED, "False", Reason.PARAMETERS_NOT_ACCEPTED, told)
    found["status"]["conditions"].append(refusal)
    shown = picture([consortium(), found])
    assert f"✗ ParametersAccepted  ParametersNotAccepted: {told}" in shown
    assert "✓ StorageBound" not in shown


def test_a_resource_that_the_operator_has_not_seen_is_no_mystery() -> None:
    fresh = node("bank-a")
    del fresh["status"]
    shown = picture([consortium(), fresh])
    assert "· Ready  Unknown: The operator has not looked at it yet. Does it run?" in shown
    assert "The operator has not acted on the newest spec yet." in shown


def test_an_upgrade_under_way_shows_both_versions() -> None:
    assert "4.9→4.10" in picture([consortium(), node("bank-a", version="4.9")])


def test_nodes_whose_consortium_is_not_there_are_shown_apart() -> None:
    shown = picture([node("bank-a")])
    assert shown.startswith("CordaNodes whose Consortium is not here\n└── ✓ bank-a")
    assert shown.rstrip().endswith("of credit-records in consortium")


def test_one_long_name_does_not_push_the_others_away() -> None:
    longest = "a" * 63
    lines = picture([consortium(), node("bank-a"), node(longest)]).splitlines()
    assert any("✓ bank-a  4.10" in line for line in lines)
    assert any(f"✓ {longest}  4.10" in line for line in lines)


def test_names_that_strangers_chose_do_not_steer_the_terminal() -> None:
    name = "O=Bank\x1b[2J\u202e C, L=Rome, C=IT [bold]\nx"
    shown = coloured([consortium(parameters=proposed(waiting=(name,)))])
    assert "\x1b[2J" not in shown
    assert "\u202e" not in shown
    assert "O=Bank\ufffd[2J\ufffd C, L=Rome, C=IT [bold] x" in shown


def test_two_urls_and_many_requests_are_told_as_such() -> None:
    requests = [
        {
            "requestID": str(number),
            "legalName": "O=A B, L=Oslo, C=NO",
            "role": "NodeCA",
            "keySHA256": KEY,
            "received": "2026-11-28T09:30:00Z",
            "reason": "waits",
        }
        for number in range(100)
    ]
    shown = picture([consortium(networkMapURL="http://map.example.com", pendingRequests=requests)])
    assert "identity manager  http://network.example.com:8080" in shown
    assert "network map       http://map.example.com" in shown
    assert "100 or more requests" in shown
