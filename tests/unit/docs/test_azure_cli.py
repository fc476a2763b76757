import json
from pathlib import Path

import pytest

from local.paths import ROOT
from tests.unit.docs.azure_cli import TABLE, az_commands, words_of
from tests.unit.docs.documents import DOCUMENTS, name_of

CLI = json.loads(TABLE.read_text())
AGAIN = "install azure-cli and run `python -m tests.unit.docs.azure_cli PATH-TO-AZ`"


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_command_and_option_is_one_that_the_azure_cli_knows(document: Path) -> None:
    for command in az_commands(document):
        name = words_of(command)
        assert name in CLI["commands"], f"az {name}: {AGAIN}"
        given = {word.partition("=")[0] for word in command if word.startswith("-") and word != "-"}
        assert given <= set(CLI["commands"][name]["options"].split()), f"az {' '.join(command)}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_no_command_for_azure_lacks_an_option_that_it_has_to_have(document: Path) -> None:
    for command in az_commands(document):
        if words_of(command) == " ".join(command):
            continue  # Named in a sentence, without its options.
        for names in CLI["commands"][words_of(command)]["required"]:
            assert set(names.split()) & set(command), f"az {' '.join(command)}: {names}"


def test_the_page_says_which_cli_its_commands_were_checked_against() -> None:
    assert f"Azure CLI {CLI['version']}" in (ROOT / "docs" / "aks.md").read_text()


def test_the_table_has_no_command_that_no_document_uses() -> None:
    used = {words_of(command) for document in DOCUMENTS for command in az_commands(document)}

    assert used == set(CLI["commands"])
