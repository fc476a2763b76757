"""What ``kubectl corda pending`` tells to write, and whether the API takes it."""

import io
from typing import Any

import pytest
import yaml
from rich.console import Console

from corda_operator.api.consortium import ConsortiumSpec
from corda_operator.plugin.admission import decisions, short_name
from corda_operator.plugin.model import Consortium, overview
from corda_operator.plugin.pending import shown
from tests.unit.plugin.resources import KEY, NOW, REQUEST, Object, consortium, request


def waited_for(*requests: Object) -> Consortium:
    return overview([consortium(pendingRequests=list(requests))]).consortia[0]


def written(*requests: Object) -> Any:
    text = decisions(waited_for(*requests))
    return None if text is None else yaml.safe_load(text)["spec"]


def test_an_organisation_that_is_not_listed_gets_one_entry_for_all_its_requests() -> None:
    spec = written(
        request("O=Bank C, L=Rome, C=IT"),
        request("O=Bank C, L=Oslo, C=NO", requestID="2"),
        request("O=BANK-C, L=Oslo, C=NO", requestID="3"),
    )
    assert spec == {
        "members": [
            {"name": "bank-c", "organisation": "Bank C", "admission": "Admitted"},
            {"name": "bank-c-2", "organisation": "BANK-C", "admission": "Admitted"},
        ]
    }


def test_a_name_that_a_listed_organisation_may_not_have_is_added_to_those_it_may() -> None:
    spec = written(request("O=Bank B, L=Rome, C=IT"))
    assert spec == {
        "members": [
            {
                "name": "bank-b",
                "organisation": "Bank B",
                "legalNames": ["O=Bank B, L=Paris, C=FR", "O=Bank B, L=Rome, C=IT"],
            }
        ]
    }


def test_a_notary_that_is_not_declared_is_to_be_declared() -> None:
    name = "O=Second Notary, L=Oslo, C=NO"
    assert written(request(name, "NotaryService")) == {"notaries": [{"serviceLegalName": name}]}


@pytest.mark.parametrize(
    "waits",
    [
        request("O=Bank A, L=London, C=GB", reason="Two requests with different keys wait for the name."),
        request("O=Bank B, L=Paris, C=FR", reason="Two requests with different keys wait for the name."),
        request("O=Notary Service, L=London, C=GB", "NotaryService", reason="about to be signed"),
        request("no name at all"),
    ],
)
def test_where_no_entry_would_help_none_is_told(waits: Object) -> None:
    assert written(waits) is None
    assert "Then write" not in text(waited_for(waits))


@pytest.mark.parametrize("organisation", ["Yes", "Bank #1: London", "Société Générale", "'Quoted'", "1st", "北京银行"])
def test_whatever_the_organisation_the_entry_is_one_that_the_api_takes(organisation: str) -> None:
    spec = written(request(f"O={organisation}, L=Rome, C=IT"))
    (member,) = ConsortiumSpec.model_validate(spec).members
    assert member.organisation == organisation


def test_short_names_are_of_the_length_that_the_api_takes() -> None:
    first = short_name("A" * 127, ())
    assert first == "a" * 40
    assert short_name("A" * 127, {first}) == f"{'a' * 38}-2"
    assert short_name("!!", ()) == "member"


def text(consortium: Consortium, width: int = 1000) -> str:
    out = io.StringIO()
    Console(file=out, width=width, markup=False, highlight=False).print(shown(consortium, NOW))
    return out.getvalue()


def test_requests_are_told_with_what_there_is_to_compare() -> None:
    assert (
        text(waited_for(request("O=Bank C, L=Rome, C=IT")))
        == f"""\
credit-records: 1 request waits for a decision

legal name   O=Bank C, L=Rome, C=IT
role         NodeCA
key SHA-256  {KEY}
since        2026-11-28 09:30 UTC, 3 days ago
request      {REQUEST}
reason       The consortium has not admitted the organisation yet.

Have each member confirm its key's SHA-256 by another way than this. Then write into Consortium credit-records, \
where it is kept in Git; admission: Denied refuses instead:

  spec:
    members:
    - name: bank-c
      organisation: Bank C
      admission: Admitted
"""
    )


def test_long_reasons_stay_in_their_column() -> None:
    lines = text(waited_for(request("O=Bank C, L=Rome, C=IT", reason="because " * 20)), width=60).splitlines()
    reasons = [line for line in lines if "because" in line]
    assert len(reasons) > 2
    assert all(line.startswith(" " * 13) for line in reasons[1:])


def test_a_network_without_requests_says_so() -> None:
    assert text(waited_for()) == "credit-records: No request waits.\n"
