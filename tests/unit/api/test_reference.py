from corda_operator.api.conditions import ConditionType, Reason
from corda_operator.api.reference import reference
from tests.unit.api.test_crds import FIELDS

PAGE = reference()


def test_every_field_of_every_object_has_a_row() -> None:
    for path, schema in FIELDS:
        if schema.get("properties") and "x-kubernetes-preserve-unknown-fields" not in schema:
            _, found, section = PAGE.partition(f"### {path}\n")
            section = section.partition("\n### ")[0]
            assert found, path
            for field in schema["properties"]:
                assert f"| `{field}` |" in section, f"{path}.{field}"


def test_every_condition_and_reason_is_explained() -> None:
    for each in (*ConditionType, *Reason):
        assert f"| `{each.value}` | {each.meaning} |" in PAGE


def test_tables_have_as_many_cells_in_every_row() -> None:
    for table in PAGE.split("\n\n"):
        rows = [line.replace("\\|", "") for line in table.splitlines() if line.startswith("|")]
        assert len({row.count("|") for row in rows}) <= 1, table
