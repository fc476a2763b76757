"""What a node starts from: who may use its RPC, and with which passwords."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from corda_operator.enrolment import node_files
from corda_operator.enrolment.configuration import parse
from corda_operator.enrolment.memory import MemoryDirectory
from corda_operator.enrolment.node_files import Passwords
from tests.unit.enrolment.vault import Enrolling, configuration

APP = "rpcUsers: [{name: app, passwordSecret: app, permissions: [ALL]}]"


async def written(folder: Path, *lines: str) -> dict[str, Any]:
    """Return the two files with passwords, read, by their names."""
    text = configuration(*lines)
    keys = await Enrolling(text, folder).vault().node_keys()
    output = MemoryDirectory(folder / "output", allow_disk=True)
    node_files.write(output, parse(text, ""), keys, Passwords({"app": "of the app"}, None))
    return {name: json.loads((output.path / name).read_text()) for name in ("secrets.conf", "node-tool.json")}


@pytest.mark.parametrize("lines", [(), (APP,)], ids=["no users", "one user"])
async def test_the_node_tools_user_is_there_whoever_else_is(lines: tuple[str, ...], tmp_path: Path) -> None:
    files = await written(tmp_path, *lines)

    *others, tool = files["secrets.conf"]["rpcUsers"]
    assert [each["username"] for each in others] == (["app"] if lines else [])
    assert files["node-tool.json"] == {"user": tool["username"], "password": tool["password"]}
    assert tool["username"] == "node_tool"


async def test_the_node_tools_user_may_start_no_flow(tmp_path: Path) -> None:
    (tool,) = (await written(tmp_path))["secrets.conf"]["rpcUsers"]

    assert sorted(tool["permissions"]) == [
        "InvokeRpc.acceptNewNetworkParameters",
        "InvokeRpc.isFlowsDrainingModeEnabled",
        "InvokeRpc.setFlowsDrainingModeEnabled",
        "InvokeRpc.shutdown",
        "InvokeRpc.stateMachinesSnapshot",
    ]


async def test_the_node_tools_password_is_another_at_every_start_and_nobody_elses(tmp_path: Path) -> None:
    first, second = await written(tmp_path, APP), await written(tmp_path, APP)

    passwords = {each["node-tool.json"]["password"] for each in (first, second)}
    assert len(passwords) == 2
    assert all(len(each) >= 40 for each in passwords)
    assert not passwords & {first["secrets.conf"]["keyStorePassword"], second["secrets.conf"]["keyStorePassword"]}


async def test_only_its_owner_can_read_the_node_tools_password(tmp_path: Path) -> None:
    await written(tmp_path)

    assert stat.S_IMODE((tmp_path / "output" / "node-tool.json").stat().st_mode) == 0o600
