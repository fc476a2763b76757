"""What the documents tell people to type, to write and to open exists."""

import argparse
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from corda_operator import cli
from corda_operator.api.consortium import Consortium
from corda_operator.api.corda_node import CordaNode
from corda_operator.plugin import cli as plugin
from local.paths import ROOT
from tests.unit.api.test_crds import FIELDS
from tests.unit.docs.documents import DOCUMENTS, anchors, code, commands, fenced, name_of

TARGETS = set(re.findall(r"^([a-z][a-z0-9-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
PATHS = {path.partition(".")[2].replace("[]", ""): schema for path, schema in FIELDS}
KINDS: dict[str, type[BaseModel]] = {"Consortium": Consortium, "CordaNode": CordaNode}
PROGRAMS = {"kubectl corda": plugin.parser, "corda-operator": cli.parser}

of_each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)


@of_each_document
def test_every_make_target_that_a_document_names_is_there(document: Path) -> None:
    named = {found[1] for command in commands(document) for found in re.finditer(r"\bmake ([a-z][a-z0-9-]*)", command)}

    assert named <= TARGETS


@of_each_document
def test_every_link_within_the_project_leads_somewhere(document: Path) -> None:
    for link in re.findall(r"\]\((?!https?:)([^)]+)\)", document.read_text()):
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target), link


@of_each_document
def test_every_field_that_a_document_names_is_there(document: Path) -> None:
    for span in code(document):
        for path in re.findall(r"(?<![\w.])(?:spec|status)(?:\.\w+(?:\[\])?)+", span):
            assert is_field(path.replace("[]", "")), path


def is_field(path: str) -> bool:
    """Tell whether there is such a field, or one above it that takes anything."""
    if path in PATHS:
        return True
    above = path.rpartition(".")[0]
    return bool(PATHS.get(above, {}).get("x-kubernetes-preserve-unknown-fields")) or ("." in above and is_open(above))


def is_open(path: str) -> bool:
    return bool(PATHS.get(path, {}).get("additionalProperties"))


@of_each_document
def test_every_command_and_option_of_ours_that_a_document_names_is_there(document: Path) -> None:
    for command in commands(document):
        for program, parser in PROGRAMS.items():
            for found in re.finditer(rf"(?:^|(?<=[(|&] )|(?<=\()){program} ([^|>()&;]*)", command):
                words = found[1].split(" #")[0].replace("'", " ").replace('"', " ").split()
                check(parser(), words, command)


def check(parser: argparse.ArgumentParser, words: list[str], command: str) -> None:
    known = dict(parser._option_string_actions)
    name = next((word for word in words if not word.startswith("-")), None)
    for action in parser._subparsers._group_actions if parser._subparsers else ():
        choices: dict[str, argparse.ArgumentParser] = dict(action.choices or {})
        if name is not None:
            assert name in choices, command
            known |= choices[name]._option_string_actions
    options = {word.partition("=")[0] for word in words if re.match("--?[a-zA-Z]", word)}
    assert options <= known.keys(), command


@of_each_document
def test_every_resource_in_a_document_is_a_valid_one(document: Path) -> None:
    for block in fenced(document):
        if block.language == "yaml":
            for resource in yaml.safe_load_all(block.text):
                assert isinstance(resource, dict)
                validate(resource)


def validate(resource: dict[str, Any]) -> None:
    model = KINDS.get(resource.get("kind", ""))
    if model is not None:
        model.model_validate(resource)


def test_every_target_that_people_call_explains_itself() -> None:
    makefile = (ROOT / "Makefile").read_text()
    phony = set(re.findall(r"^\.PHONY: (\S+)", makefile, re.MULTILINE))

    assert phony == set(re.findall(r"^([a-z][a-z0-9-]*):.*## \S", makefile, re.MULTILINE))
