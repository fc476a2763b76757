import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from local import tools


@dataclass(frozen=True)
class Promtool:
    """Prometheus' own tool, and a folder for the files that it is given."""

    program: Path
    folder: Path

    def check(self, rules: Path) -> None:
        """Have Prometheus read a file of rules."""
        self._run("check", "rules", rules)

    def test(self, rules: Path, cases: list[dict[str, Any]], interval: str) -> None:
        """Evaluate rules at an interval, and see that they do what the cases say."""
        file = self.folder / "cases.yaml"
        document = {"rule_files": [str(rules)], "evaluation_interval": interval, "tests": cases}
        file.write_text(yaml.safe_dump(document))
        self._run("test", "rules", file)

    def _run(self, *words: str | Path) -> None:
        done = subprocess.run([self.program, *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def promtool(tmp_path: Path) -> Promtool:
    return Promtool(tools.binary("promtool"), tmp_path)
