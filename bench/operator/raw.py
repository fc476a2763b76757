"""What the operator is measured by: kubectl, which only has to say what it was given."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

from corda_operator.reconcile.desired import Manifest
from local.cluster.kubectl import Kubectl
from local.console import LocalError


def write(objects: Sequence[Manifest], folder: Path, parts: int) -> list[Path]:
    """Write objects into so many files; return these."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for part in range(parts):
        files.append(folder / f"{part}.json")
        whole = {"apiVersion": "v1", "kind": "List", "items": objects[part::parts]}
        files[-1].write_text(json.dumps(whole))
    return files


async def apply(kubectl: Kubectl, files: Sequence[Path]) -> None:
    """Apply files side by side, by a kubectl each."""
    commands = [kubectl.command("apply", "--server-side", "--filename", str(each)) for each in files]
    processes = [
        await asyncio.create_subprocess_exec(*each, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE)
        for each in commands
    ]
    for process in processes:
        _, said = await process.communicate()
        if process.returncode != 0:
            raise LocalError(f"kubectl apply failed: {said.decode(errors='replace')[-2000:]}")
